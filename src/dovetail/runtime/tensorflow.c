// Between TensorFlow's executor and a program: no Python on the way.
//
// There is one op, and it has one kernel. `create` is called for each place in a graph (and once
// for each kind of eager call) and finds the record of the operation that the attribute names.
// `compute` looks the operation's program up by the data types and shapes of the inputs, allocates
// the outputs and runs the program. Where there is none yet, it asks Python
// (`dovetail_tensorflow_resolve`), once for each new set of shapes. A program with library calls
// (matmul, sort) is run by Python as well (`dovetail_tensorflow_run`).

#include "float_mode.h"
#include "plans.h"
#include "runtime.h"
#include "tensorflow_api.h"

#define OTHER_TYPE "the definition has other inputs or outputs than when the graph was made"

// Python's.
TensorflowRecord *dovetail_tensorflow_find(const char *text, int64_t length, TF_Status *status);
TensorflowPlan *dovetail_tensorflow_resolve(int64_t number, uint64_t hash, const int64_t *key,
                                            int64_t length, TF_Status *status);
void dovetail_tensorflow_run(int64_t number, void *const *given, const double *scalars,
                             TF_Status *status);
void dovetail_tensorflow_for(Task task, void *context, int64_t count);

void unknown_shape(TF_ShapeInferenceContext *context, TF_Status *status)
{
    TF_ShapeInferenceContextSetUnknownShape(context, status);
}

TensorflowRecord *create(TF_OpKernelConstruction *construction)
{
    int32_t list, length = 0;
    TF_Status *status = TF_NewStatus();
    TF_OpKernelConstruction_GetAttrSize(construction, "operation", &list, &length, status);
    char text[length + 1];
    TF_OpKernelConstruction_GetAttrString(construction, "operation", text, (uint64_t)length,
                                          status);
    TensorflowRecord *record = dovetail_tensorflow_find(text, length, status);
    if (!record)
        TF_OpKernelConstruction_Failure(construction, status);
    TF_DeleteStatus(status);
    return record;
}

void delete(TensorflowRecord *record)
{
    (void)record; // lives as long as the process
}

static void give_back(void *data, uint64_t bytes, void *size)
{
    (void)bytes;
    dovetail_give(data, (int64_t)size);
}

static void drop(TF_Tensor *const *tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        TF_DeleteTensor(tensors[i]);
}

// Output `index`, or null, and then the status says why.
static TF_Tensor *allocate(TF_OpKernelContext *context, int index, const TensorflowOutput *output,
                           TF_Status *status)
{
    int32_t dtype = (int32_t)output->dtype;
    int rank = (int)output->rank;
    if (TF_ExpectedOutputDataType(context, index) != dtype) {
        TF_SetStatus(status, TF_INVALID_ARGUMENT, OTHER_TYPE);
        return 0;
    }
    TF_Tensor *made;
    void *block = output->block > 0 ? dovetail_take(output->block) : 0;
    if (block) {
        made = TF_NewTensor(dtype, output->sizes, rank, block, (uint64_t)output->bytes, give_back,
                            (void *)output->block);
        TF_SetOutput(context, index, made, status);
    } else {
        made = TF_AllocateOutput(context, index, dtype, output->sizes, rank,
                                 (uint64_t)output->bytes, status);
    }
    if (!made)
        TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, NO_MEMORY);
    return made;
}

// The plan for these arrays, whose addresses go into `given`; null: the status says why not.
static const TensorflowPlan *plan_for(const TensorflowRecord *record, TF_Tensor *const *arrays,
                                      void **given, TF_Status *status)
{
    int64_t words = 0;
    for (int64_t i = 0; i < record->arrays; i++)
        words += 1 + TF_NumDims(arrays[i]);
    int64_t key[words + 1];
    int64_t length = 0;
    uint64_t hash = HASH_SEED;
    for (int64_t i = 0; i < record->arrays; i++) {
        int rank = TF_NumDims(arrays[i]);
        int64_t *head = &key[length];
        head[0] = (int64_t)TF_TensorType(arrays[i]) << 8 | rank;
        for (int dimension = 0; dimension < rank; dimension++)
            head[1 + dimension] = TF_Dim(arrays[i], dimension);
        length += 1 + rank;
        hash = mix(hash, head, 1 + rank);
        given[i] = TF_TensorData(arrays[i]);
    }
    const void *table = __atomic_load_n(&record->table, __ATOMIC_ACQUIRE);
    const TensorflowPlan *plan = (const TensorflowPlan *)find(table, hash, key, length);
    return plan ? plan
                : dovetail_tensorflow_resolve(record->number, hash, key, length, status);
}

static void run(const TensorflowPlan *plan, void *const *given, const double *scalars,
                TF_Status *status)
{
    if (!plan->program) {
        dovetail_tensorflow_run(plan->number, given, scalars, status);
        return;
    }
    // TensorFlow's threads flush subnormal numbers to zero; a program computes as elsewhere.
    uint32_t mode = get_float_mode();
    set_float_mode(mode & ~(uint32_t)(FLUSH_TO_ZERO | DENORMALS_ARE_ZERO));
    int64_t failed = dovetail_run_program(plan->program, given, scalars, dovetail_tensorflow_for);
    set_float_mode(mode);
    if (failed & NO_ARENA)
        TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, NO_TEMPORARIES);
    else if (failed)
        TF_SetStatus(status, TF_INVALID_ARGUMENT, OUT_OF_RANGE);
}

// Allocates the outputs and runs the program. What went wrong is in the status.
static void answer(const TensorflowRecord *record, TF_OpKernelContext *context,
                   TF_Tensor *const *tensors, TF_Status *status)
{
    int64_t outputs = TF_NumOutputs(context), made = 0;
    void *given[record->arrays + outputs];
    TF_Tensor *results[outputs];
    const double *scalars = 0;
    if (record->scalars > 0) { // they come in one tensor, behind the arrays
        const TF_Tensor *floats = tensors[record->arrays];
        if (TF_TensorType(floats) != TF_DOUBLE
            || TF_TensorElementCount(floats) != record->scalars) {
            TF_SetStatus(status, TF_INVALID_ARGUMENT, OTHER_TYPE);
            return;
        }
        scalars = TF_TensorData(floats);
    }
    const TensorflowPlan *plan = plan_for(record, tensors, given, status);
    if (!plan)
        return;
    if (plan->count != outputs) {
        TF_SetStatus(status, TF_INVALID_ARGUMENT, OTHER_TYPE);
        return;
    }
    for (; made < outputs; made++) {
        results[made] = allocate(context, (int)made, &plan->outputs[made], status);
        if (!results[made])
            break;
        given[record->arrays + made] = TF_TensorData(results[made]);
    }
    if (made == outputs)
        run(plan, given, scalars, status);
    drop(results, made);
}

void compute(const TensorflowRecord *record, TF_OpKernelContext *context)
{
    int64_t inputs = record->arrays + (record->scalars > 0);
    TF_Tensor *tensors[inputs + 1];
    TF_Status *status = TF_NewStatus();
    if (TF_NumInputs(context) != inputs) {
        inputs = 0;
        TF_SetStatus(status, TF_INVALID_ARGUMENT, OTHER_TYPE);
    } else {
        for (int64_t i = 0; i < inputs; i++)
            TF_GetInput(context, (int)i, &tensors[i], status);
        answer(record, context, tensors, status);
    }
    if (TF_GetCode(status) != 0)
        TF_OpKernelContext_Failure(context, status);
    drop(tensors, inputs);
    TF_DeleteStatus(status);
}
