"""The workers of the pool of threads, in LLVM IR: how they start, where they run, when they sleep.

Linux likes to wake a thread on the processor of the one that wakes it, and may leave it there
for milliseconds, where it waits for the caller to finish the job alone. So before workers are
woken, the caller's processor is taken out of those that they may run on (`keep_off`).

The text belongs to that of pool_code.py, whose `drain`, `now` and `busy` it uses.
"""

from __future__ import annotations

SPIN_NANOSECONDS = 100_000  # how long a worker spins before it sleeps
PAUSE_NANOSECONDS = 10_000  # how long a caller spins before it offers its processor to others
# Between looks at the clock; a power of two. Pauses are what takes least from the other thread of
# a core, or from another guest of the machine.
PAUSES = 128
MASK_BYTES = 128  # of a set of processors, in C libraries; of more than 1024 none is taken out
STEERED = 1024  # workers that are kept off the caller's processor

CONSTANTS = {
    "$SPIN_NANOSECONDS": str(SPIN_NANOSECONDS),
    "$PAUSE_NANOSECONDS": str(PAUSE_NANOSECONDS),
    "$PAUSES": str(PAUSES),
    "$LAST_PAUSE": str(PAUSES - 1),
    "$MASK_BYTES": str(MASK_BYTES),
    "$STEERED": str(STEERED),
    "$IDS_BYTES": str(4 * STEERED),
}

WORKERS = """
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i32 @pthread_sigmask(i32, ptr, ptr)
declare i32 @sched_yield()
declare i32 @sched_getaffinity(i32, i64, ptr)
declare i32 @sched_setaffinity(i32, i64, ptr)

@sleepers = internal global i32 0, align 64
@wake = internal global i32 0, align 64   ; the futex, changed by every job
@started = internal global i32 0          ; workers; guarded by busy, as is
@refused = internal global i1 false       ; whether the system refused to start one
@ids = internal global [$STEERED x i32] zeroinitializer   ; the system's numbers of the workers
@avoided = internal global i32 -1         ; the processor that all of them are kept off

; One pause; on every $PAUSES-th, looks at the clock. True when that was long enough to sleep. Who
; waits for others, and not for work, lets them run if it has been long.
define internal i1 @rest(i64 %turn, i64 %since, i1 %waits) {
entry:
  $PAUSE
  %low = and i64 %turn, $LAST_PAUSE
  %often = icmp ne i64 %low, $LAST_PAUSE
  br i1 %often, label %short, label %clock
clock:
  %now = call i64 @now()
  %passed = sub i64 %now, %since
  %over = icmp sgt i64 %passed, $SPIN_NANOSECONDS
  %long = icmp sgt i64 %passed, $PAUSE_NANOSECONDS
  %yields = and i1 %long, %waits
  br i1 %yields, label %yield, label %end
yield:
  call i32 @sched_yield()
  br label %end
end:
  ret i1 %over
short:
  ret i1 false
}

define internal ptr @worker(ptr %argument) {
entry:
  %wide = ptrtoint ptr %argument to i64
  %number = trunc i64 %wide to i32
  %known = icmp slt i32 %number, $STEERED
  br i1 %known, label %name, label %job
name:
  %id.wide = call i64 (i64, ...) @syscall(i64 $GETTID)
  %id = trunc i64 %id.wide to i32
  %id.at = getelementptr i32, ptr @ids, i32 %number
  store atomic i32 %id, ptr %id.at seq_cst, align 4
  store atomic i32 -1, ptr @avoided seq_cst, align 4
  br label %job
job:
  %seen = load atomic i32, ptr @wake acquire, align 4
  call i64 @drain(i32 %number)
  %since = call i64 @now()
  br label %spin
spin:
  %turn = phi i64 [0, %job], [%turn.next, %again]
  %current = load atomic i32, ptr @wake acquire, align 4
  %changed = icmp ne i32 %current, %seen
  br i1 %changed, label %job, label %again
again:
  %over = call i1 @rest(i64 %turn, i64 %since, i1 false)
  %turn.next = add i64 %turn, 1
  br i1 %over, label %sleep, label %spin
sleep:
  %s1 = atomicrmw add ptr @sleepers, i32 1 seq_cst
  ; futex(&wake, FUTEX_WAIT_PRIVATE, seen): returns at once if `wake` has changed meanwhile
  call i64 (i64, ...) @syscall(i64 $FUTEX, ptr @wake, i32 128, i32 %seen, ptr null, ptr null,
                               i32 0)
  %s2 = atomicrmw sub ptr @sleepers, i32 1 seq_cst
  br label %job
}

; Lets workers run where the caller may, but for this processor.
define internal void @keep_off(i32 %processor) {
entry:
  %mask = alloca [$MASK_BYTES x i8], align 8
  call void @llvm.memset.p0.i64(ptr %mask, i8 0, i64 $MASK_BYTES, i1 false)
  store atomic i32 %processor, ptr @avoided seq_cst, align 4
  %failed = call i32 @sched_getaffinity(i32 0, i64 $MASK_BYTES, ptr %mask)
  %unknown = icmp slt i32 %failed, 0
  %negative = icmp slt i32 %processor, 0
  %lost = or i1 %unknown, %negative
  br i1 %lost, label %exit, label %take
take:
  %byte = lshr i32 %processor, 3
  %bit = and i32 %processor, 7
  %one = shl i32 1, %bit
  %one.byte = trunc i32 %one to i8
  %others = xor i8 %one.byte, -1
  %at = getelementptr i8, ptr %mask, i32 %byte
  %allowed = load i8, ptr %at
  %rest = and i8 %allowed, %others
  store i8 %rest, ptr %at
  %all = load i32, ptr @started
  %many = icmp sgt i32 %all, $STEERED
  %workers = select i1 %many, i32 $STEERED, i32 %all
  br label %check
check:
  %i = phi i32 [0, %take], [%i.next, %next]
  %more = icmp slt i32 %i, %workers
  br i1 %more, label %one.worker, label %exit
one.worker:
  %id.at = getelementptr i32, ptr @ids, i32 %i
  %id = load atomic i32, ptr %id.at seq_cst, align 4
  %there = icmp ne i32 %id, 0
  br i1 %there, label %set, label %next
set:
  ; refused where no processor is left, and then nothing changes
  call i32 @sched_setaffinity(i32 %id, i64 $MASK_BYTES, ptr %mask)
  br label %next
next:
  %i.next = add i32 %i, 1
  br label %check
exit:
  ret void
}

; Starts workers until there are `wanted`, with all signals blocked: those are for the host.
define internal void @grow(i32 %wanted) {
entry:
  %thread = alloca i64
  %all = alloca [128 x i8]
  %kept = alloca [128 x i8]
  call void @llvm.memset.p0.i64(ptr %all, i8 255, i64 128, i1 false)
  call i32 @pthread_sigmask(i32 0, ptr %all, ptr %kept)
  br label %check
check:
  %have = load i32, ptr @started
  %refused = load i1, ptr @refused
  %few = icmp slt i32 %have, %wanted
  %allowed = xor i1 %refused, true
  %start = and i1 %few, %allowed
  br i1 %start, label %one, label %exit
one:
  %wide = sext i32 %have to i64
  %number = inttoptr i64 %wide to ptr
  %status = call i32 @pthread_create(ptr %thread, ptr null, ptr @worker, ptr %number)
  %failed = icmp ne i32 %status, 0
  br i1 %failed, label %failure, label %success
failure:
  store i1 true, ptr @refused
  br label %check
success:
  %id = load i64, ptr %thread
  call i32 @pthread_detach(i64 %id)
  %more = add i32 %have, 1
  store i32 %more, ptr @started
  br label %check
exit:
  call i32 @pthread_sigmask(i32 2, ptr %kept, ptr null)
  ret void
}
"""
