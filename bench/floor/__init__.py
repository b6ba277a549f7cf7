"""The floor: the least that could do the same work, each program on one page.

No queue, no lease, no checkpoint, no retry, no check of what arrived, no history: what the
product does above these programs is what it costs.
"""
