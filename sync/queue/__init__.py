"""From due to done: runs wait in their account's queue, are rung for, claimed, and ended.

`tick` finds what is due and rings; `enqueue` writes a run, `waiting` says whose turn it is,
`lease` lets one worker have the account, and `finish` ends the run under the lease's fence.
"""
