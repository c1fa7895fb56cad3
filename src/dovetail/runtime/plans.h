// A hash table of plans: open addressing, at most half full, found by a key of 64-bit words.
//
// Compiled code reads while Python adds, without a lock: a table is published by one store, and
// never changes except from an empty place to a plan.

#pragma once

#include "abi.h"

#define HASH_SEED 0xcbf29ce484222325u

// Mixes the words of one argument into the hash.
static inline uint64_t mix(uint64_t hash, const int64_t *words, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        hash = (hash ^ (uint64_t)words[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

// The plan with this key, or null. A table is its mask, then its places.
static inline const PlanHead *find(const void *table, uint64_t hash, const int64_t *key,
                                   int64_t length)
{
    uint64_t mask = *(const uint64_t *)table;
    const PlanHead *const *places = (const PlanHead *const *)table + 1;
    for (uint64_t place = hash & mask;; place = (place + 1) & mask) {
        const PlanHead *plan = __atomic_load_n(&places[place], __ATOMIC_ACQUIRE);
        if (!plan)
            return 0;
        if (plan->hash == hash && plan->length == length
            && __builtin_memcmp(plan->key, key, (size_t)length * 8) == 0)
            return plan;
    }
}
