"""One transaction around several subrequests."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from types import TracebackType

from aiohttp import web

from salesforce_simulator.transport.context import organisation


@asynccontextmanager
async def one_transaction(request: web.Request) -> AsyncIterator[Executor]:
    """Lend a thread that holds a transaction; an exception in the block rolls it back.

    The thread is one of its own, because a transaction of the organisation belongs to a thread.
    """
    loop = asyncio.get_running_loop()
    stack = ExitStack()
    with ThreadPoolExecutor(1, thread_name_prefix="transaction") as thread:
        await loop.run_in_executor(thread, stack.enter_context, organisation(request).transaction())
        try:
            yield thread
        except BaseException as problem:
            await loop.run_in_executor(thread, _leave, stack, problem, problem.__traceback__)
            raise
        await loop.run_in_executor(thread, stack.close)


def _leave(stack: ExitStack, problem: BaseException, trace: TracebackType | None) -> None:
    """Hand the exception to the transaction; that it comes out again is the caller's concern."""
    stack.__exit__(type(problem), problem, trace)
