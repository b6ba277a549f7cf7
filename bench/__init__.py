"""What a sync costs, measured through the whole product beside the least that could do the work.

    make bench                                   # 100,000 and 1,000,000 leads, three rounds
    BENCH_ROWS=100000 make bench                 # a short look
    make bench BENCH_FLAGS="--rows 10000 --repeat 1 --write-docs"

One run seeds a local organisation (`python -m salesforce_simulator --seed leads:N`, a process of
its own, over HTTPS), starts a PostgreSQL of its own, and then, on PostgreSQL and on SQLite in
turn, measures each program in a fresh process:

- the product: a run from its claim to its end, by `sync.engine.runner.execute_run` (`worker`);
- the floor: `floor/`, programs of one page that do the same with nothing around it;
- the peers: `peers/`, other people's programs that do the same or a part of it.

What is measured and how stands in `measuring` (inside the process), `calls` (at the
organisation), `results` and `targets`; `docs/performance.md` shows the last published figures.
Everything runs on this machine, ends by itself and leaves nothing but `results.json` and the
environments of the peers below `var/bench/`.
"""
