"""What administrators are told of: one notice per cause, and one when it is over.

    something changes        a run ended, a set-up was saved, the connection paused
      --> NoticeReview       one row per account, written in the same transaction
    the tick rings           it starts what is due, and leaves the rest to a worker
    a worker reviews         `causes` reads what is wrong now, `reviews` compares the open notices
      --> Notice             opened, changed or closed
      --> NoticeDelivery     one row per address and telling, in the same transaction
    and sends                `outbox`: an attempt is counted, then made; what fails is tried again

Nobody has to remember to close a notice: what is no longer among the causes is over.
"""
