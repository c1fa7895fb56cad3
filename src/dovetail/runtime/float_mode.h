// The rounding and flush-to-zero mode of a thread, where the processor keeps it in one word.

#pragma once

#include <stdint.h>

#if defined(__x86_64__)
enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };

static inline uint32_t get_float_mode(void)
{
    return __builtin_ia32_stmxcsr();
}

static inline void set_float_mode(uint32_t mode)
{
    __builtin_ia32_ldmxcsr(mode);
}
#else
enum { FLUSH_TO_ZERO = 0, DENORMALS_ARE_ZERO = 0 };

static inline uint32_t get_float_mode(void)
{
    return 0;
}

static inline void set_float_mode(uint32_t mode)
{
    (void)mode;
}
#endif
