// Between PyTorch's dispatcher and a program: no Python on the way.
//
// PyTorch calls an operator's kernel with a stack of 64-bit words, inputs first, which is to hold
// the outputs afterwards (its stable C ABI, PyTorch 2.10 and later). A kernel looks the operator's
// program up by the data types, sizes and strides of the tensors, allocates the outputs and runs
// the program. Where there is none yet, it asks Python (`resolve`), once for each new layout.

#include "handlers.h"
#include "plans.h"
#include "runtime.h"
#include "torch_api.h"

#define SUSPECT ((uint64_t)1 << 40) // hosts/torch/memory.py says what lies below

#define TOO_MANY "a tensor has more than 64 dimensions: reshape it to fewer"

const TorchOperator *operators[HANDLERS]; // those of this module's kernels; Python sets them
int32_t device_cpu, layout_strided;       // PyTorch's numbers; likewise

void dovetail_torch_for(Task task, void *context, int64_t count);

static void give_back(void *data, void *size)
{
    dovetail_give(data, (int64_t)size);
}

static void drop(Tensor *const *tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        aoti_torch_delete_tensor_object(tensors[i]);
}

static _Noreturn void fail(const char *message)
{
    torchCheckFail("dovetail", "dovetail", 0, message);
}

// Whether a tensor of this address has elements, but none that may be read there.
static bool is_nowhere(Tensor *tensor, bool unread, uint64_t data)
{
    int64_t elements = -1, storage = 0, offset = 0;
    aoti_torch_get_numel(tensor, &elements);
    if (elements == 0)
        return false;
    if (unread || data == 0)
        return true;
    aoti_torch_get_storage_size(tensor, &storage);
    aoti_torch_get_storage_offset(tensor, &offset);
    // The bytes of an element, if the storage is null.
    uint64_t from_null = data / (offset ? (uint64_t)offset : 1);
    return storage == 0 || from_null <= 8;
}

static Tensor *allocate(const TorchOutput *output)
{
    Tensor *made = 0;
    void *block = output->block > 0 ? dovetail_take(output->block) : 0;
    int32_t failed =
        block ? torch_from_blob(block, output->rank, output->sizes, output->strides, 0,
                                (int32_t)output->dtype, device_cpu, -1, &made, layout_strided, 0, 0,
                                give_back, (void *)output->block)
              : aoti_torch_empty_strided(output->rank, output->sizes, output->strides,
                                         (int32_t)output->dtype, device_cpu, -1, &made);
    return failed ? 0 : made;
}

static void run(const TorchOperator *operator, Tensor **stack)
{
    int64_t tensors = operator->tensors, outputs = operator->outputs;
    void *given[tensors + outputs];
    Tensor *made[outputs];
    int64_t key[tensors * (1 + 2 * MOST_RANK)];
    int64_t length = 0;
    uint64_t hash = HASH_SEED;
    const char *message = NO_MEMORY;

    for (int64_t i = 0; i < tensors; i++) {
        int64_t rank;
        int32_t dtype;
        const int64_t *sizes, *strides;
        void *data;
        aoti_torch_get_dim(stack[i], &rank);
        aoti_torch_get_dtype(stack[i], &dtype);
        aoti_torch_get_sizes(stack[i], &sizes);
        aoti_torch_get_strides(stack[i], &strides);
        bool unread = torch_get_const_data_ptr(stack[i], &data) != 0;
        if ((uint64_t)rank > MOST_RANK) {
            drop(stack, tensors);
            fail(TOO_MANY);
        }
        if ((unread || (uint64_t)data < SUSPECT) && is_nowhere(stack[i], unread, (uint64_t)data)) {
            drop(stack, tensors);
            fail(NO_MEMORY_THERE);
        }
        given[i] = data;
        int64_t *words = &key[length];
        words[0] = (int64_t)dtype << 8 | rank;
        __builtin_memcpy(words + 1, sizes, (size_t)rank * 8);
        __builtin_memcpy(words + 1 + rank, strides, (size_t)rank * 8);
        length += 1 + 2 * rank;
        hash = mix(hash, words, 1 + 2 * rank);
    }

    const void *table = __atomic_load_n(&operator->table, __ATOMIC_ACQUIRE);
    const TorchPlan *plan = (const TorchPlan *)find(table, hash, key, length);
    if (!plan)
        plan = operator->resolve(operator->number, hash, key, length, &message);
    if (!plan) {
        drop(stack, tensors);
        fail(message);
    }

    for (int64_t i = 0; i < outputs; i++) {
        made[i] = allocate(&plan->outputs[i]);
        if (!made[i]) {
            drop(made, i);
            drop(stack, tensors);
            fail(NO_MEMORY);
        }
        torch_get_mutable_data_ptr(made[i], &given[tensors + i]);
    }
    const double *scalars = (const double *)(stack + tensors);
    int64_t failed = dovetail_run_program(plan->program, given, scalars, dovetail_torch_for);
    drop(stack, tensors);
    if (failed) {
        drop(made, outputs);
        fail(failed & NO_ARENA ? NO_TEMPORARIES : OUT_OF_RANGE);
    }
    for (int64_t i = 0; i < outputs; i++)
        stack[i] = made[i];
}

// The items of a list, which is deleted, as words.
static void take_items(List *list, uint64_t *items, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        torch_list_get_item(list, (uint64_t)i, &items[i]);
    torch_delete_list(list);
}

// An operator of very many arrays: PyTorch's dispatcher takes 64 arguments.
static void run_lists(const TorchOperator *operator, void **stack)
{
    int64_t given = operator->tensors + operator->scalars, outputs = operator->outputs;
    uint64_t words[given > outputs ? given : outputs];
    List *made = 0;

    take_items(stack[0], words, operator->tensors);
    take_items(stack[1], words + operator->tensors, operator->scalars);
    run(operator, (Tensor **)words);
    torch_new_list_reserve_size((uint64_t)outputs, &made);
    for (int64_t i = 0; i < outputs; i++)
        torch_list_push_back(made, words[i]);
    stack[0] = made;
}

static void run_kernel(const TorchOperator *operator, void **stack)
{
    if (operator->lists)
        run_lists(operator, stack);
    else
        run(operator, (Tensor **)stack);
}

// PyTorch passes a kernel nothing of ours, so each operator has a function of its own.
#define KERNEL(number)                                                                             \
    void kernel_##number(void **stack, int64_t inputs, int64_t outputs)                            \
    {                                                                                              \
        run_kernel(operators[number], stack);                                                      \
    }
FOR_EACH_HANDLER(KERNEL)
