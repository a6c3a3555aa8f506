"""A second process that reads a big file while the first one stores it, each on a processor of its own.

The reading process is a fork: it has the recognised file, however that was packed, and everything that was decided about
it. It cuts, decodes, hashes and converts the rows and sends what they state through a pipe. It never touches the store.

What crosses: messages of marshal, each behind its length. Every message begins with its kind, the bytes read so far, the rows
taken so far and the rows set aside since the last one. Then follow
- `PLAIN`: many plain orders by column (`PlainOrders`);
- `SINGLE`: orders read one by one (`OrderFacts`), and the numbers of those of which nothing could be read;
- `END`: the tally of the file and its digest;
- `STOPPED`: what stopped the reading, as it is raised on the other side.
A column that is the same in every row crosses as one value, and a range of places as nothing.

Either side notices by the pipe that the other one is gone: the reading process then leaves, the storing one refuses the file.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from struct import Struct
from typing import IO, Any, NamedTuple, NoReturn

from shopcare.domain.order_parts import Part
from shopcare.errors import ShopcareError
from shopcare.importers.orders.columns import Block, LineColumns, OrderColumns, PlainOrders
from shopcare.importers.orders.facts import OrderFacts, Rival, Unread
from shopcare.importers.orders.mapping import new_tuple
from shopcare.importers.orders.stream import OrderStream
from shopcare.importers.refusals import ImportRefusalError
from shopcare.importers.rows.columns import Same
from shopcare.importers.rows.tally import Reject, Skip
from shopcare.importers.text.sheet import Piece

PLAIN, SINGLE, END, STOPPED = range(4)

#: Orders read one by one that cross together.
SINGLE_ORDERS = 250
#: How far the reading process may be ahead, as far as the system allows (Linux: what anybody may have).
PIPE_BYTES = 1 << 20

#: The version of marshal that does not look for equal objects, which takes longer than writing them.
WITHOUT_REFERENCES = 2

_LENGTH = Struct("=I")


class ReadingStoppedError(ImportRefusalError):
    """The process that reads a file is gone: killed, or out of memory."""

    code = "import.reading-stopped"
    sentence = "The process that was reading {file} was killed; nothing of the file was stored."
    hint = "Free some memory and import the file again."


class SingleOrders(NamedTuple):
    """Orders that were read one by one, and the numbers of those of which nothing could be read."""

    orders: Sequence[OrderFacts]
    set_aside: Sequence[str]


#: What crosses of some orders.
Found = PlainOrders | SingleOrders


def is_possible() -> bool:
    """Whether a second process can read at the same time: there is a processor for it, and nothing a fork may not copy."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


@contextmanager
def reading(stream: OrderStream) -> Iterator[Iterator[Found]]:
    """The orders of a stream, read in a process that is gone afterwards, whatever happens.

    Raises:
        ReadingStoppedError: the process was killed.
        Whatever reading raises.
    """
    source, sink = os.pipe()
    with os.fdopen(source, "rb", buffering=0) as pipe:
        try:
            process = _forked(partial(_send_all, stream, sink), without=source)
        except OSError:  # as many processes as there may be: then one does it alone
            yield found_in(stream, stream.sheet.pieces())
            return
        finally:
            os.close(sink)
        try:
            _widen(source)
            yield _received(stream, pipe)
        finally:
            pipe.close()
            with suppress(ProcessLookupError, ChildProcessError):  # where the system takes the dead away itself
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)


def found_in(stream: OrderStream, pieces: Iterable[Piece]) -> Iterator[Found]:
    """The orders of some pieces of a file, with everything that is stated of them."""
    waiting: list[Unread] = []
    for found in stream.orders(pieces):
        if isinstance(found, Unread):
            waiting.append(found)
            if len(waiting) < SINGLE_ORDERS:
                continue
        if waiting:
            yield _single(stream, waiting)
            waiting = []
        if isinstance(found, Block):
            for read in stream.read_block(found):
                yield _single(stream, read) if isinstance(read, list) else read
    if waiting:
        yield _single(stream, waiting)


def _single(stream: OrderStream, chunk: Sequence[Unread]) -> SingleOrders:
    stated = [(unread.number, stream.read(unread)) for unread in chunk]
    made = [facts for _number, facts in stated if facts is not None]
    return SingleOrders(made, [number for number, facts in stated if facts is None or not facts.told])


def _forked(run: Callable[[], None], *, without: int) -> int:
    """A new process that does something and is gone; its id. It does not get the descriptor `without`.

    It leaves at once, because nothing that it inherited is its own to end: least of all the open transaction. Ctrl-C reaches
    all processes of a terminal; the storing one then says when to stop.
    """
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        if process := os.fork():
            return process
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(without)
            run()
        finally:
            os._exit(0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _widen(pipe: int) -> None:
    """Let more data wait in a pipe."""
    import fcntl

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


# --- the reading side ------------------------------------------------------------------------------------------------


def _send_all(stream: OrderStream, sink: int) -> None:
    """All that the reading process does."""
    sender = _Sender(stream, sink)
    try:
        sender.send_all()
    except BrokenPipeError:
        return  # nobody wants to know any more
    except BaseException as problem:  # noqa: BLE001 - it is raised on the other side
        sender.stopped(problem)


class _Sender:
    """Reads the orders of a stream and sends what they state."""

    def __init__(self, stream: OrderStream, sink: int) -> None:
        self._stream = stream
        self._sink = sink
        self._rejects: list[tuple[int, str, str, list[str]]] = []
        self._is_silent = False
        if stream.sink is not None:
            stream.sink = self._set_aside

    def send_all(self) -> None:
        """Everything, to the end of the file."""
        for found in found_in(self._stream, self._followed()):
            self._found(found)
        tally = self._stream.tally
        rejected = [(bad.line, bad.code, bad.message) for bad in tally.rejected]
        skipped = [(skip.line, skip.why) for skip in tally.skipped]
        counts = tally.rejected_count, tally.skipped_count, tally.guests
        self._send(END, self._stream.sheet.digest, rejected, skipped, tally.unmapped, *counts)

    def stopped(self, problem: BaseException) -> None:
        """What went wrong."""
        problem.add_note(traceback.format_exc())
        self._rejects.clear()
        made = (type(problem), problem.context) if isinstance(problem, ShopcareError) else problem
        with suppress(BrokenPipeError):
            try:
                self._send(STOPPED, pickle.dumps(made))
            except (pickle.PicklingError, TypeError, AttributeError):
                self._send(STOPPED, pickle.dumps(RuntimeError(traceback.format_exc())))

    def _followed(self) -> Iterator[Piece]:
        """The pieces of the file; after one of which nothing came the other side learns how far it is all the same."""
        for piece in self._stream.sheet.pieces():
            self._is_silent = True
            yield piece
            if self._is_silent:
                self._send(SINGLE, (), ())

    def _found(self, found: Found) -> None:
        if isinstance(found, SingleOrders):
            self._send(SINGLE, [_plain_tuples(facts) for facts in found.orders], list(found.set_aside))
            return
        numbers, hashes, buyers, *_rest = found
        lines = found.lines and [_column(column) for column in found.lines]
        count = len(found.lines.order) if found.lines else 0
        columns = [_column(column) for column in found.orders]
        self._send(PLAIN, list(numbers), list(hashes), _column(buyers), columns, count, lines)

    def _set_aside(self, reject: Reject, cells: list[str]) -> None:
        self._rejects.append((reject.line, reject.code, reject.message, cells))

    def _send(self, kind: int, *told: object) -> None:
        position, rows = self._stream.sheet.position, self._stream.tally.rows
        message = marshal.dumps((kind, position, rows, self._rejects, told), WITHOUT_REFERENCES)  # type: ignore[arg-type]  # of plain values
        self._rejects.clear()
        self._is_silent = False
        _write(self._sink, _LENGTH.pack(len(message)))
        _write(self._sink, message)


def _plain_tuples(facts: OrderFacts) -> tuple[Any, ...]:
    """The facts of an order without any named tuple in them, which marshal does not know."""
    lines: Sequence[tuple[Any, ...]] | None = facts.lines
    rivals: Sequence[tuple[Any, ...]] = facts.rivals
    return (
        *facts[:7],
        lines and tuple(tuple(line) for line in lines),
        tuple((*part[:6], part.line and tuple(part.line), *part[7:]) for part in facts.parts),
        tuple(tuple(rival) for rival in rivals),
    )


def _column(column: Sequence[Any]) -> list[Any] | tuple[Any] | None:
    """A column as it crosses."""
    if isinstance(column, Same):
        return (column.value,)
    return None if isinstance(column, range) else list(column)


def _write(sink: int, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(sink, view) :]


# --- the storing side ------------------------------------------------------------------------------------------------


def _received(stream: OrderStream, pipe: IO[bytes]) -> Iterator[Found]:
    """What the reading process sends; the stream and its sheet then know what that knows."""
    sheet, tally = stream.sheet, stream.tally
    while True:
        kind, position, tally.rows, rejects, told = _next(sheet.source.name, pipe)
        sheet.follow(position)
        for line, code, message, cells in rejects:
            assert stream.sink is not None
            stream.sink(Reject(line, code, message), cells)
        if kind == STOPPED:
            _stop(told[0])
        if kind == END:
            digest, rejected, skipped, unmapped, tally.rejected_count, tally.skipped_count, guests = told
            tally.guests += guests  # the storing side counts those among plain orders
            tally.rejected = [Reject(*row) for row in rejected]
            tally.skipped = [Skip(*row) for row in skipped]
            tally.unmapped.update(unmapped)
            sheet.follow(position, digest)
            return
        yield _plain(*told) if kind == PLAIN else _singles(*told)


def _next(file: str, pipe: IO[bytes]) -> tuple[int, int, int, list[tuple[int, str, str, list[str]]], tuple[Any, ...]]:
    (length,) = _LENGTH.unpack(_exactly(file, pipe, _LENGTH.size))
    message: tuple[int, int, int, list[tuple[int, str, str, list[str]]], tuple[Any, ...]]
    message = marshal.loads(_exactly(file, pipe, length))  # noqa: S302 - from our own process
    return message


def _exactly(file: str, pipe: IO[bytes], length: int) -> bytearray:
    """So many bytes.

    Raises:
        ReadingStoppedError: there are no more.
    """
    found = bytearray(length)
    view = memoryview(found)
    while view:
        read = pipe.readinto(view)  # type: ignore[attr-defined]  # of a raw file
        if not read:
            raise ReadingStoppedError(file=file)
        view = view[read:]
    return found


def _stop(pickled: bytes) -> NoReturn:
    """Raise what stopped the reading."""
    problem = pickle.loads(pickled)  # noqa: S301 - from our own process
    if isinstance(problem, tuple):
        refusal, context = problem
        raise refusal(**context)
    raise problem


def _plain(
    numbers: list[str], hashes: list[int], buyers: Any, orders: Sequence[Any], count: int, lines: Sequence[Any] | None
) -> PlainOrders:
    buyers, *columns = _columns((buyers, *orders), len(numbers))
    found = None if lines is None else LineColumns._make(_columns(lines, count))
    return PlainOrders(numbers, hashes, buyers, OrderColumns._make(columns), found)


def _columns(crossed: Iterable[Any], rows: int) -> Iterator[Sequence[Any]]:
    for column in crossed:
        yield Same(column[0], rows) if isinstance(column, tuple) else range(rows) if column is None else column


def _singles(orders: Sequence[tuple[Any, ...]], set_aside: Sequence[str]) -> SingleOrders:
    return SingleOrders([_facts(*order) for order in orders], set_aside)


def _facts(*order: Any) -> OrderFacts:
    *told, parts, rivals = order
    return new_tuple(
        OrderFacts,
        (*told, tuple(new_tuple(Part, part) for part in parts), tuple(new_tuple(Rival, rival) for rival in rivals)),
    )
