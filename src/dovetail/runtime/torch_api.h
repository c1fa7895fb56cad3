// The functions of PyTorch's stable C ABI that the runtime calls. Those that give an int32_t give
// other than 0 where they failed.

#pragma once

#include "abi.h"

typedef struct Tensor Tensor; // a handle, which its owner deletes
typedef struct List List;     // likewise

int32_t aoti_torch_delete_tensor_object(Tensor *tensor);
int32_t aoti_torch_empty_strided(int64_t rank, const int64_t *sizes, const int64_t *strides,
                                 int32_t dtype, int32_t device, int32_t device_index,
                                 Tensor **made);
int32_t aoti_torch_get_dim(Tensor *tensor, int64_t *rank);
int32_t aoti_torch_get_dtype(Tensor *tensor, int32_t *dtype);
int32_t aoti_torch_get_numel(Tensor *tensor, int64_t *elements);
int32_t aoti_torch_get_sizes(Tensor *tensor, const int64_t **sizes);
int32_t aoti_torch_get_storage_offset(Tensor *tensor, int64_t *elements);
int32_t aoti_torch_get_storage_size(Tensor *tensor, int64_t *bytes);
int32_t aoti_torch_get_strides(Tensor *tensor, const int64_t **strides);
int32_t torch_delete_list(List *list);
int32_t torch_from_blob(void *data, int64_t rank, const int64_t *sizes, const int64_t *strides,
                        int64_t offset, int32_t dtype, int32_t device, int32_t device_index,
                        Tensor **made, int32_t layout, const uint8_t *opaque, int64_t opaque_size,
                        void (*delete_data)(void *data, void *context), void *context);
int32_t torch_get_const_data_ptr(Tensor *tensor, void **data);
int32_t torch_get_mutable_data_ptr(Tensor *tensor, void **data);
int32_t torch_get_num_threads(int32_t *threads);
// Calls the function for parts of the range, on its threads; once for all of it in a parallel region.
int32_t torch_parallel_for(int64_t begin, int64_t end, int64_t grain,
                           void (*function)(int64_t begin, int64_t end, void *context),
                           void *context);
int32_t torch_list_get_item(List *list, uint64_t index, uint64_t *item); // gives a new handle
int32_t torch_list_push_back(List *list, uint64_t item);                 // takes the handle over
int32_t torch_new_list_reserve_size(uint64_t size, List **made);

// c10::detail::torchCheckFail, the one C++ function here: it raises the error that a caller sees.
_Noreturn void torchCheckFail(const char *function, const char *file, uint32_t line,
                              const char *message);
