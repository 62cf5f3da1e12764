// The threads of a block as coroutines. A stack runs one thread after the other until one waits; the next thread then
// gets a stack of its own. Nothing is ever unwound: a kernel that traps leaves its stacks as they are.
#ifndef CUP_HOST_RUN
#define CUP_HOST_RUN
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <time.h>
#if !defined(__x86_64__) && !defined(__aarch64__)
#include <ucontext.h>
#endif

namespace cup_host {

typedef unsigned long long u64;

// What a lane brings to a collective of its warp and takes from it.
struct Request {
    unsigned mask;         // who takes part
    const void* in;        // its value, or null
    void* out;             // where the value of the lane `source` goes, or null
    unsigned size, source;
    u64 word;              // a number that all lanes see
    u64* words;            // where the numbers of all lanes go, or null
    unsigned truths;       // of which lanes `word` is not 0
    unsigned group;        // which lanes took part
};

struct Thread {
    void* at;              // where it goes on: a stack pointer or a context
    unsigned stack, calls; // its stack; calls since it last waited, see `spin`
    uint3 index;
    Request request;
};

// Sets of lanes, a bit each.
struct Warp { unsigned live, ready, in_warp, in_block; };

// What is the same for all blocks. The host's side of the library declares the same structure.
struct Launch {
    unsigned grid[3], block[3];
    void (*call)(const void* kernel, void** arguments);
    const void* kernel;
    void** arguments;
    void* (*stack)(unsigned k, u64 n_bytes);    // the end of the k-th stack of this thread of the host, or null
    unsigned arrived, round;                    // of blocks that wait for the whole grid
    unsigned failed;
};

struct Block {
    Launch* launch;
    Thread* threads;
    Warp* warps;
    unsigned *spare, n_spare, n_stacks;         // stacks that nobody uses, and how many were ever asked for
    unsigned n, n_warps, next, live, n_ready, arrived, current;
    unsigned count, result_count;
    bool all, any, result_all, result_any;
    void* home;
    const char* failure;
};

static const u64 STACK_BYTES = 256 << 10;
static const unsigned MOST_THREADS = 1024;
static thread_local Block* running;

#if defined(__x86_64__)
extern "C" void cup_host_switch(void** from, void* to);
__asm__(R"(
.pushsection .text
.balign 16
.type cup_host_switch,@function
cup_host_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size cup_host_switch,.-cup_host_switch
.popsection
)");
// Six registers, where to return to, and room that aligns the stack as a call does.
static inline void* fresh(void* end, u64, void (*enter)()) {
    void** top = (void**)end - 2;
    memset(top - 6, 0, 8 * sizeof(void*));
    *top = (void*)enter;
    return top - 6;
}
#elif defined(__aarch64__)
extern "C" void cup_host_switch(void** from, void* to);
__asm__(R"(
.pushsection .text
.balign 16
.type cup_host_switch,%function
cup_host_switch:
    sub sp, sp, #160
    stp x19, x20, [sp]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size cup_host_switch,.-cup_host_switch
.popsection
)");
static inline void* fresh(void* end, u64, void (*enter)()) {
    char* top = (char*)end - 160;
    memset(top, 0, 160);
    *(void**)(top + 88) = (void*)enter;
    return top;
}
#else
// A context at the end of the stack; `from` gets the address of one on the stack that is left.
static inline void cup_host_switch(void** from, void* to) {
    ucontext_t here;
    *from = &here;
    swapcontext(&here, (ucontext_t*)to);
}
static inline void* fresh(void* end, u64 n_bytes, void (*enter)()) {
    ucontext_t* made = (ucontext_t*)((char*)end - (sizeof(ucontext_t) + 63) / 64 * 64);
    getcontext(made);
    made->uc_stack.ss_sp = (char*)end - n_bytes;
    made->uc_stack.ss_size = (char*)made - ((char*)end - n_bytes);
    made->uc_link = 0;
    makecontext(made, enter, 0);
    return made;
}
#endif

// Ends the block at once.
[[noreturn]] static __attribute__((noinline)) void fail(const char* why) {
    Block& b = *running;
    b.failure = why;
    __atomic_store_n(&b.launch->failed, 1, __ATOMIC_RELAXED);
    void* nowhere;
    cup_host_switch(&nowhere, b.home);
    __builtin_unreachable();
}

static void wake(Block& b, Warp& w, unsigned lanes) {
    w.ready |= lanes;
    b.n_ready += (unsigned)__builtin_popcount(lanes);
}

static void release_block(Block& b) {
    for (unsigned k = 0; k < b.n_warps; k++) {
        wake(b, b.warps[k], b.warps[k].in_block);
        b.warps[k].in_block = 0;
    }
    b.result_count = b.count, b.result_all = b.all, b.result_any = b.any;
    b.arrived = b.count = 0, b.all = true, b.any = false;
}

// Hands out what lanes bring to each other.
static void release_warp(Block& b, unsigned warp, unsigned group) {
    Warp& w = b.warps[warp];
    Thread* const lanes = b.threads + warp * 32;
    unsigned truths = 0;
    for (unsigned rest = group; rest; rest &= rest - 1) {
        const unsigned k = (unsigned)__builtin_ctz(rest);
        truths |= (unsigned)(lanes[k].request.word != 0) << k;
    }
    for (unsigned rest = group; rest; rest &= rest - 1) {
        Request& r = lanes[__builtin_ctz(rest)].request;
        r.truths = truths, r.group = group;
        if (r.out) {
            const Request& s = lanes[r.source & 31].request;
            memcpy(r.out, (group >> (r.source & 31) & 1) && s.in && s.size == r.size ? s.in : r.in, r.size);
        }
        for (unsigned k = 0; r.words && k < 32; k++) r.words[k] = group >> k & 1 ? lanes[k].request.word : 0;
    }
    w.in_warp &= ~group;
    wake(b, w, group);
}

// Releases the lanes of a mask if all that have not ended are there.
static bool try_warp(Block& b, unsigned warp, unsigned mask) {
    Warp& w = b.warps[warp];
    const unsigned wanted = mask & w.live;
    if (!wanted || (w.in_warp & wanted) != wanted) return false;
    release_warp(b, warp, wanted);
    return true;
}

// Where everybody waits, somebody waits for lanes that do not come.
static void release_some(Block& b) {
    for (unsigned k = 0; k < b.n_warps; k++) {
        const unsigned waiting = b.warps[k].in_warp;
        if (!waiting) continue;
        const unsigned mask = b.threads[k * 32 + (unsigned)__builtin_ctz(waiting)].request.mask;
        unsigned group = 0;
        for (unsigned rest = waiting; rest; rest &= rest - 1) {
            const unsigned lane = (unsigned)__builtin_ctz(rest);
            if (b.threads[k * 32 + lane].request.mask == mask) group |= 1u << lane;
        }
        return release_warp(b, k, group);
    }
    release_block(b);
}

static const unsigned START = ~0u, DONE = ~0u - 1;

// Which thread goes on: of the warp that ran last if one can.
static unsigned pick(Block& b) {
    for (;;) {
        if (b.n_ready) {
            const unsigned own = b.current / 32, above = b.warps[own].ready & ~0u << b.current % 32;
            if (above) return own * 32 + (unsigned)__builtin_ctz(above);
            if (b.next < b.n && b.next / 32 == own) return START;
            for (unsigned k = 0; k <= b.n_warps; k++) {
                const unsigned warp = (own + k) % b.n_warps;
                if (b.warps[warp].ready) return warp * 32 + (unsigned)__builtin_ctz(b.warps[warp].ready);
            }
        }
        if (b.next < b.n) return START;
        if (b.live == 0) return DONE;
        release_some(b);
    }
}

[[noreturn]] static void run_threads();

static void* new_stack(Block& b) {
    const unsigned k = b.n_spare ? b.spare[--b.n_spare] : b.n_stacks++;
    void* const end = b.launch->stack(k, STACK_BYTES);
    if (!end) fail("there is no memory for the stacks of its threads");
    b.threads[b.next].stack = k;
    // Not all at the same place of a page, which would be the same place of the cache.
    return fresh((char*)end - k % 32 * 64, STACK_BYTES - k % 32 * 64, (void (*)())run_threads);
}

static void become(Block& b, unsigned k) {
    Warp& w = b.warps[k / 32];
    w.ready &= ~(1u << k % 32);
    b.n_ready--;
    b.current = k;
    b.threads[k].calls = 0;
    threadIdx = b.threads[k].index;
}

// Lets another thread run until this one can go on.
static __attribute__((noinline)) void suspend(Block& b) {
    Thread& me = b.threads[b.current];
    const unsigned self = b.current, next = pick(b);
    if (next == START) return cup_host_switch(&me.at, new_stack(b));
    become(b, next);
    if (next != self) cup_host_switch(&me.at, b.threads[next].at);
}

[[noreturn]] static void run_threads() {
    Block& b = *running;
    unsigned stack = b.threads[b.next].stack;
    for (;;) {
        const unsigned k = b.next++;
        Thread& me = b.threads[k];
        me.stack = stack, me.calls = 0;
        b.current = k;
        threadIdx = me.index;
        b.launch->call(b.launch->kernel, b.launch->arguments);

        const unsigned own = b.current / 32;
        Warp& w = b.warps[own];
        w.live &= ~(1u << b.current % 32);
        b.live--;
        if (b.live == 0) break;
        for (unsigned rest = w.in_warp; rest; rest &= rest - 1) {
            const unsigned lane = (unsigned)__builtin_ctz(rest);
            if ((w.in_warp >> lane & 1) && try_warp(b, own, b.threads[own * 32 + lane].request.mask)) break;
        }
        if (b.arrived && b.arrived == b.live) release_block(b);
        const unsigned next = pick(b);
        if (next == START) continue;
        // A thread that waits has its own stack: this one is free as soon as it is left.
        b.spare[b.n_spare++] = stack;
        become(b, next);
        void* nowhere;
        cup_host_switch(&nowhere, b.threads[next].at);
    }
    void* nowhere;
    cup_host_switch(&nowhere, b.home);
    __builtin_unreachable();
}

// Waits for all threads of the block.
static inline void sync_block(bool truth) {
    Block& b = *running;
    b.count += truth, b.all &= truth, b.any |= truth;
    b.arrived++;
    b.warps[b.current / 32].in_block |= 1u << b.current % 32;
    if (b.arrived == b.live) {
        release_block(b);
        become(b, b.current);
    } else {
        suspend(b);
    }
}

// Waits for the lanes of a mask, and exchanges.
static inline void sync_warp(Request& r) {
    Block& b = *running;
    const unsigned warp = b.current / 32, lane = b.current % 32;
    Request& mine = b.threads[b.current].request;
    r.mask |= 1u << lane;
    mine = r;
    b.warps[warp].in_warp |= 1u << lane;
    if (try_warp(b, warp, r.mask)) become(b, b.current);
    else suspend(b);
    r = mine;
}

// Lets all others run before it goes on: who waits in a loop for somebody else must not keep the core.
static __attribute__((noinline)) void yield() {
    Block& b = *running;
    const unsigned self = b.current;
    Thread& me = b.threads[self];
    me.calls = 0;
    if (b.live == 1) { sched_yield(); return; }
    wake(b, b.warps[self / 32], 1u << self % 32);
    if (b.next < b.n) return cup_host_switch(&me.at, new_stack(b));
    for (unsigned k = 1; k <= b.n; k++) {
        const unsigned next = (self + k) % b.n;
        if (!(b.warps[next / 32].ready >> next % 32 & 1)) continue;
        become(b, next);
        if (next == self) sched_yield();
        else cup_host_switch(&me.at, b.threads[next].at);
        return;
    }
}

// Called by whatever a waiting loop is likely to call.
static inline void spin() {
    if (Block* b = running)
        if (++b->threads[b->current].calls >= 256) yield();
}

// Waits for all blocks of the grid, which run at the same time.
static inline void sync_grid() {
    sync_block(true);
    Block& b = *running;
    Launch& l = *b.launch;
    if (threadIdx.x + threadIdx.y + threadIdx.z == 0) {
        const unsigned n = l.grid[0] * l.grid[1] * l.grid[2], round = __atomic_load_n(&l.round, __ATOMIC_ACQUIRE);
        if (__atomic_add_fetch(&l.arrived, 1, __ATOMIC_ACQ_REL) == n) {
            __atomic_store_n(&l.arrived, 0, __ATOMIC_RELAXED);
            __atomic_add_fetch(&l.round, 1, __ATOMIC_RELEASE);
        }
        while (__atomic_load_n(&l.round, __ATOMIC_ACQUIRE) == round) {
            if (__atomic_load_n(&l.failed, __ATOMIC_RELAXED)) fail("another block of the grid failed");
            sched_yield();
        }
    }
    sync_block(true);
}

// What runs blocks of a launch, one after the other.
static Block* new_worker(Launch* launch) {
    const unsigned n = launch->block[0] * launch->block[1] * launch->block[2], n_warps = (n + 31) / 32;
    Block* b = (Block*)calloc(1, sizeof(Block) + n * sizeof(Thread) + n_warps * sizeof(Warp) + n * sizeof(unsigned));
    if (!b) return 0;
    b->launch = launch, b->n = n, b->n_warps = n_warps;
    b->threads = (Thread*)(b + 1);
    b->warps = (Warp*)(b->threads + n);
    b->spare = (unsigned*)(b->warps + n_warps);
    for (unsigned k = 0; k < n; k++) {
        const unsigned row = k / launch->block[0];
        b->threads[k].index = {k % launch->block[0], row % launch->block[1], row / launch->block[1]};
    }
    return b;
}

// Runs a block; says why it failed, if it did.
static const char* run_block(Block* b, u64 number) {
    const unsigned* const g = b->launch->grid;
    gridDim = dim3(g[0], g[1], g[2]);
    blockDim = dim3(b->launch->block[0], b->launch->block[1], b->launch->block[2]);
    blockIdx = {(unsigned)(number % g[0]), (unsigned)(number / g[0] % g[1]), (unsigned)(number / g[0] / g[1])};
    b->next = b->n_ready = b->arrived = b->count = b->n_spare = b->n_stacks = b->current = 0;
    b->live = b->n, b->all = true, b->any = false, b->failure = 0;
    for (unsigned k = 0; k < b->n_warps; k++) b->warps[k] = {b->n - k * 32 >= 32 ? ~0u : (1u << (b->n - k * 32)) - 1, 0, 0, 0};
    Block* const outer = running;
    running = b;
    void* const end = b->launch->stack(0, STACK_BYTES);
    if (end) {
        b->n_stacks = 1;
        b->threads[0].stack = 0;
        cup_host_switch(&b->home, fresh(end, STACK_BYTES, (void (*)())run_threads));
    } else {
        b->failure = "there is no memory for the stacks of its threads";
    }
    running = outer;
    return b->failure;
}

// Calls a kernel with its arguments, each where a pointer points.
template <class... A> struct Caller {
    template <size_t... I> static void spread(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
        kernel(*(std::remove_cv_t<std::remove_reference_t<A>>*)arguments[I]...);
    }
    static void call(const void* kernel, void** arguments) {
        spread((void (*)(A...))kernel, arguments, std::index_sequence_for<A...>());
    }
};

#ifndef CUP_HOST_LIBRARY
// The launch of hand-written programs.
static unsigned n_threads = 1;

static void* own_stack(unsigned k, u64 n_bytes) {
    static thread_local void* ends[MOST_THREADS + 1];
    if (!ends[k]) {
        char* p = (char*)mmap(0, n_bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == (char*)MAP_FAILED) return 0;
        mprotect(p, 4096, PROT_NONE);
        ends[k] = p + 4096 + n_bytes;
    }
    return ends[k];
}

struct Shared { Launch launch; u64 next, n; const char* failure; };

static void* work(void* of) {
    Shared& s = *(Shared*)of;
    Block* b = new_worker(&s.launch);
    for (u64 k; b && (k = __atomic_fetch_add(&s.next, 1, __ATOMIC_SEQ_CST)) < s.n && !s.launch.failed;)
        if (const char* why = run_block(b, k)) __atomic_store_n(&s.failure, why, __ATOMIC_SEQ_CST);
    free(b);
    return 0;
}

template <class... A, class... B> const char* launch(void (*kernel)(A...), dim3 grid, dim3 block, size_t shared, B&&... values) {
    static_assert(sizeof...(A) == sizeof...(B), "as many arguments as parameters");
    if ((u64)block.x * block.y * block.z > MOST_THREADS) return "a block has at most 1024 threads";
    if (shared > CUP_SHARED_MAX) return "too much dynamic shared memory";
    return [&](std::remove_cv_t<std::remove_reference_t<A>>... held) -> const char* {
        void* arguments[] = {(void*)&held..., 0};
        Shared s = {{{grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, Caller<A...>::call, (const void*)kernel, arguments, own_stack, 0, 0, 0},
                    0, (u64)grid.x * grid.y * grid.z, 0};
        if ((u64)block.x * block.y * block.z == 0 || s.n == 0) return "an empty grid or block";
        pthread_t threads[64];
        unsigned n = 0;
        while (n + 1 < n_threads && n < 64 && pthread_create(&threads[n], 0, work, &s) == 0) n++;
        work(&s);
        while (n) pthread_join(threads[--n], 0);
        fflush(stdout);
        return s.failure;
    }((std::remove_cv_t<std::remove_reference_t<A>>)values...);
}
#endif

} // namespace cup_host
#endif
