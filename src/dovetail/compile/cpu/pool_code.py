"""The LLVM IR of the pool of threads, for one kind of processor.

How a job is handed out: its tasks are cut into shares, one for each thread. Everybody begins with
the share of its own number, and helps with the others afterwards: so the same part of an array is
mostly worked on by the same processor, in whose caches it lies (where two processors share none, to
fetch it from the other takes longer than a cheap task).

The counter of a share is a generation (32 bits) above the next index (32 bits), and an index
is taken by compare-and-swap. A worker that comes late may still hold a counter of the last
job while the caller writes the next one; so the caller first closes the counters (new
generation, index 2^32 - 1), then writes the job, then opens them. Otherwise such a worker
could take an index of one job with the function of another, and a task could run twice.

To wake a thread takes longer than some jobs. The caller measures what it does itself, and leaves
workers asleep when the same function, on so many tasks, is sooner done without them; unless such
jobs follow each other so fast that workers, once awake, are still there for the next.

How workers start, sleep and wake is in pool_workers.py.
"""

from __future__ import annotations

from dovetail.compile.cpu.pool_workers import CONSTANTS, WORKERS

# A job that takes less on one thread is done before a sleeping worker has helped with it: a job of
# 6 microseconds took 20 when it woke one.
WORTH_WAKING_NANOSECONDS = 25_000
RAPID = 16  # jobs left to the caller, no further apart than a worker spins, after which it is woken
SHARES = 8  # of one job, at most; workers of higher numbers begin where others do
MEASURED = 64  # functions, at most, whose time is known

# The numbers of futex(2) and gettid(2).
SYSTEM_CALLS = {"x86_64": (202, 186), "aarch64": (98, 178)}

SERIAL = """
define void @serial_for(ptr %task, ptr %context, i64 %count) {
entry:
  br label %check
check:
  %i = phi i64 [0, %entry], [%next, %run]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %run, label %exit
run:
  call void %task(ptr %context, i64 %i)
  %next = add i64 %i, 1
  br label %check
exit:
  ret void
}
"""

_POOL = """
declare i32 @clock_gettime(i32, ptr)
declare i64 @syscall(i64, ...)
declare i32 @sched_getcpu()
$DECLARE

@counters = internal global [$SHARES x [8 x i64]] zeroinitializer, align 64
@shares = internal global i64 0, align 64
@generation = internal global i64 0   ; guarded by busy
@count = internal global i64 0, align 64
@task = internal global ptr null
@context = internal global ptr null
@mode = internal global i32 0         ; the caller's floating-point mode
@limit = internal global i32 0        ; workers that may help with this job
@done = internal global i64 0, align 64
@busy = internal global i32 0, align 64
@streak = internal global i32 0           ; jobs in a row that workers have slept through, and
@ended = internal global i64 0            ; when the last job ended; both guarded by busy
; functions, and nanoseconds for one of their tasks, as the caller saw it last; guarded by busy
@costs = internal global [$MEASURED x [2 x i64]] zeroinitializer

define internal ptr @cost_of(i64 %task) alwaysinline {
  %mixed = lshr i64 %task, 4
  %number = urem i64 %mixed, $MEASURED
  %at = getelementptr [2 x i64], ptr @costs, i64 %number
  ret ptr %at
}

define internal i64 @now() {
  %time = alloca [2 x i64]
  call i32 @clock_gettime(i32 1, ptr %time)
  %seconds = load i64, ptr %time
  %rest.p = getelementptr i64, ptr %time, i64 1
  %rest = load i64, ptr %rest.p
  %whole = mul i64 %seconds, 1000000000
  %all = add i64 %whole, %rest
  ret i64 %all
}

define internal void @take_mode() {
  %word = alloca i32
  %value = load i32, ptr @mode
  store i32 %value, ptr %word
  $SET_MODE
  ret void
}

; Runs tasks until there are none; how many. The caller is number -1, workers count from 0.
define internal i64 @drain(i32 %number) {
entry:
  %helper = icmp sge i32 %number, 0
  %above = add i32 %number, 1
  %home = zext i32 %above to i64
  br label %loop
loop:
  %ran = phi i64 [0, %entry], [%ran, %claim], [%ran.next, %run], [%ran, %other]
  %tried = phi i64 [0, %entry], [%tried, %claim], [%tried, %run], [%tried.next, %other]
  %all = load atomic i64, ptr @shares acquire, align 8
  %some = icmp ult i64 %tried, %all
  br i1 %some, label %look, label %end
look:
  %place = add i64 %home, %tried
  %share = urem i64 %place, %all
  %counter = getelementptr [8 x i64], ptr @counters, i64 %share
  %old = load atomic i64, ptr %counter acquire, align 8
  %index = and i64 %old, 4294967295
  %n = load atomic i64, ptr @count acquire, align 8
  %shares = load atomic i64, ptr @shares acquire, align 8
  %f = load atomic ptr, ptr @task acquire, align 8
  %c = load atomic ptr, ptr @context acquire, align 8
  %workers = load atomic i32, ptr @limit acquire, align 4
  %following = add i64 %share, 1
  %last = mul i64 %following, %n
  %bound = udiv i64 %last, %shares
  %left = icmp ult i64 %index, %bound
  %inside = icmp ult i64 %share, %shares
  %invited = icmp slt i32 %number, %workers
  %there = and i1 %left, %inside
  %more = and i1 %there, %invited
  br i1 %more, label %claim, label %other
other:
  %tried.next = add i64 %tried, 1
  br label %loop
claim:
  %new = add i64 %old, 1
  %swap = cmpxchg ptr %counter, i64 %old, i64 %new acq_rel acquire
  %mine = extractvalue { i64, i1 } %swap, 1
  br i1 %mine, label %claimed, label %loop
claimed:
  br i1 %helper, label %adopt, label %run
adopt:
  call void @take_mode()
  br label %run
run:
  call void %f(ptr %c, i64 %index)
  %ran.next = add i64 %ran, 1
  br label %loop
end:
  %any = icmp ne i64 %ran, 0
  br i1 %any, label %report, label %exit
report:
  %before = atomicrmw add ptr @done, i64 %ran release
  br label %exit
exit:
  ret i64 %ran
}

declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)

define void @pool_run(ptr %task, ptr %context, i64 %count, i32 %threads) {
entry:
  %word = alloca i32
  %one = icmp sle i64 %count, 1
  %huge = icmp sge i64 %count, 4294967295
  %alone = or i1 %one, %huge
  br i1 %alone, label %serial, label %acquire
acquire:
  %try = cmpxchg ptr @busy, i32 0, i32 1 acq_rel acquire
  %got = extractvalue { i32, i1 } %try, 1
  br i1 %got, label %parallel, label %serial
serial:
  call void @serial_for(ptr %task, ptr %context, i64 %count)
  ret void
parallel:
  %workers = sub i32 %threads, 1
  %have = load i32, ptr @started
  %few = icmp slt i32 %have, %workers
  br i1 %few, label %start, label %job
start:
  call void @grow(i32 %workers)
  br label %job
job:
  %last = load i64, ptr @generation
  %generation = add i64 %last, 1
  store i64 %generation, ptr @generation
  %open = shl i64 %generation, 32
  %closed = or i64 %open, 4294967295
  %helpers = sext i32 %threads to i64
  %ours = call i64 @llvm.smin.i64(i64 %helpers, i64 %count)
  %shares = call i64 @llvm.smin.i64(i64 %ours, i64 $SHARES)
  %earlier = load atomic i64, ptr @shares acquire, align 8
  %widest = call i64 @llvm.smax.i64(i64 %shares, i64 %earlier)
  br label %close
close:
  %k = phi i64 [0, %job], [%k.next, %close]
  %k.at = getelementptr [8 x i64], ptr @counters, i64 %k
  store atomic i64 %closed, ptr %k.at seq_cst, align 8
  %k.next = add i64 %k, 1
  %k.more = icmp slt i64 %k.next, %widest
  br i1 %k.more, label %close, label %write
write:
  store i32 0, ptr %word
  $GET_MODE
  %mode = load i32, ptr %word
  store atomic i32 %mode, ptr @mode seq_cst, align 4
  store atomic ptr %task, ptr @task seq_cst, align 8
  store atomic ptr %context, ptr @context seq_cst, align 8
  store atomic i32 %workers, ptr @limit seq_cst, align 4
  store atomic i64 0, ptr @done seq_cst, align 8
  store atomic i64 %count, ptr @count seq_cst, align 8
  store atomic i64 %shares, ptr @shares seq_cst, align 8
  br label %open.them
open.them:
  %o = phi i64 [0, %write], [%o.next, %open.them]
  %o.first = mul i64 %o, %count
  %o.index = udiv i64 %o.first, %shares
  %o.value = or i64 %open, %o.index
  %o.at = getelementptr [8 x i64], ptr @counters, i64 %o
  store atomic i64 %o.value, ptr %o.at seq_cst, align 8
  %o.next = add i64 %o, 1
  %o.more = icmp slt i64 %o.next, %shares
  br i1 %o.more, label %open.them, label %opened
opened:
  %w = atomicrmw add ptr @wake, i32 1 seq_cst
  %asleep = load atomic i32, ptr @sleepers seq_cst, align 4
  %any = icmp ne i32 %asleep, 0
  %name = ptrtoint ptr %task to i64
  %cost.at = call ptr @cost_of(i64 %name)
  %each.at = getelementptr i64, ptr %cost.at, i64 1
  br i1 %any, label %weigh, label %help
weigh:
  %seen = load i64, ptr %cost.at
  %each.seen = load i64, ptr %each.at
  %known = icmp eq i64 %seen, %name
  %alone.time = mul i64 %each.seen, %count
  %short = icmp slt i64 %alone.time, $WORTH_WAKING_NANOSECONDS
  %sooner = and i1 %known, %short
  br i1 %sooner, label %count.jobs, label %rouse
count.jobs:
  %ended = load i64, ptr @ended
  %arrived = call i64 @now()
  %gap = sub i64 %arrived, %ended
  %follows = icmp slt i64 %gap, $SPIN_NANOSECONDS
  %streak = load i32, ptr @streak
  %longer = add i32 %streak, 1
  %jobs = select i1 %follows, i32 %longer, i32 0
  store i32 %jobs, ptr @streak
  %rapid = icmp sge i32 %jobs, $RAPID
  br i1 %rapid, label %rouse, label %help
rouse:
  store i32 0, ptr @streak
  %processor = call i32 @sched_getcpu()
  %before = load atomic i32, ptr @avoided seq_cst, align 4
  %stays = icmp eq i32 %processor, %before
  br i1 %stays, label %count.them, label %move
move:
  call void @keep_off(i32 %processor)
  br label %count.them
count.them:
  ; No more of them than there are tasks, unless some of them are not invited.
  %total = load i32, ptr @started
  %uninvited = icmp slt i32 %workers, %total
  %narrow = trunc i64 %count to i32
  %useful = sub i32 %narrow, 1
  %many = icmp slt i32 %useful, 0
  %everybody = or i1 %uninvited, %many
  %number = select i1 %everybody, i32 2147483647, i32 %useful
  ; futex(&wake, FUTEX_WAKE_PRIVATE, number)
  call i64 (i64, ...) @syscall(i64 $FUTEX, ptr @wake, i32 129, i32 %number, ptr null, ptr null,
                               i32 0)
  br label %help
help:
  %begun = call i64 @now()
  %ran = call i64 @drain(i32 -1)
  %since = call i64 @now()
  store i64 %since, ptr @ended
  %some = icmp ne i64 %ran, 0
  br i1 %some, label %note, label %wait
note:
  %took = sub i64 %since, %begun
  %each = udiv i64 %took, %ran
  store i64 %name, ptr %cost.at
  store i64 %each, ptr %each.at
  br label %wait
wait:
  %turn = phi i64 [0, %help], [0, %note], [%turn.next, %pause]
  %finished = load atomic i64, ptr @done acquire, align 8
  %complete = icmp sge i64 %finished, %count
  br i1 %complete, label %end, label %pause
pause:
  call i1 @rest(i64 %turn, i64 %since, i1 true)
  %turn.next = add i64 %turn, 1
  br label %wait
end:
  store atomic i32 0, ptr @busy release, align 4
  ret void
}

; In a forked child, which has no workers, and perhaps a job that nobody will end.
define void @pool_reset() {
  store atomic i64 0, ptr @shares seq_cst, align 8
  store i32 0, ptr @started
  store i1 false, ptr @refused
  call void @llvm.memset.p0.i64(ptr @ids, i8 0, i64 $IDS_BYTES, i1 false)
  store atomic i32 0, ptr @sleepers seq_cst, align 4
  store atomic i32 0, ptr @busy seq_cst, align 4
  ret void
}
"""

_ENTRY = """
declare void @dovetail_pool_run(ptr, ptr, i64, i32)

define void @parallel_for(ptr %task, ptr %context, i64 %count) {
  tail call void @dovetail_pool_run(ptr %task, ptr %context, i64 %count, i32 $THREADS)
  ret void
}
"""


def pool_text(machine: str) -> str:
    """The pool; it defines pool_run, pool_reset and serial_for."""
    futex, gettid = SYSTEM_CALLS[machine]
    replaced = {
        **CONSTANTS,
        "$FUTEX": str(futex),
        "$GETTID": str(gettid),
        "$WORTH_WAKING_NANOSECONDS": str(WORTH_WAKING_NANOSECONDS),
        "$MEASURED": str(MEASURED),
        "$RAPID": str(RAPID),
        "$SHARES": str(SHARES),
        "$DECLARE": "",
        "$PAUSE": "call i32 @sched_yield()",
        "$GET_MODE": "",
        "$SET_MODE": "",
    }
    if machine == "x86_64":
        replaced |= {
            "$DECLARE": "declare void @llvm.x86.sse2.pause()\n"
            "declare void @llvm.x86.sse.stmxcsr(ptr)\n"
            "declare void @llvm.x86.sse.ldmxcsr(ptr)",
            "$PAUSE": "call void @llvm.x86.sse2.pause()",
            "$GET_MODE": "call void @llvm.x86.sse.stmxcsr(ptr %word)",
            "$SET_MODE": "call void @llvm.x86.sse.ldmxcsr(ptr %word)",
        }
    text = SERIAL + _POOL + WORKERS
    for name, value in replaced.items():
        text = text.replace(name, value)
    return text


def entry_text(threads: int) -> str:
    """`parallel_for` on so many threads, over the pool's `dovetail_pool_run`."""
    return _ENTRY.replace("$THREADS", str(threads))
