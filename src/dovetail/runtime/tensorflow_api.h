// The functions of TensorFlow's C API that the runtime calls.

#pragma once

#include "abi.h"

typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef struct TF_ShapeInferenceContext TF_ShapeInferenceContext;

enum { TF_DOUBLE = 2 };
enum { TF_INVALID_ARGUMENT = 3, TF_RESOURCE_EXHAUSTED = 8 };

TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *context, int index, int32_t dtype,
                             const int64_t *sizes, int rank, uint64_t bytes, TF_Status *status);
void TF_DeleteStatus(TF_Status *status);
void TF_DeleteTensor(TF_Tensor *tensor);
int64_t TF_Dim(const TF_Tensor *tensor, int dimension);
int32_t TF_ExpectedOutputDataType(TF_OpKernelContext *context, int index);
int32_t TF_GetCode(const TF_Status *status);
void TF_GetInput(TF_OpKernelContext *context, int index, TF_Tensor **tensor, TF_Status *status);
TF_Status *TF_NewStatus(void);
TF_Tensor *TF_NewTensor(int32_t dtype, const int64_t *sizes, int rank, void *data, uint64_t bytes,
                        void (*give_back)(void *data, uint64_t bytes, void *context),
                        void *context);
int TF_NumDims(const TF_Tensor *tensor);
int TF_NumInputs(TF_OpKernelContext *context);
int TF_NumOutputs(TF_OpKernelContext *context);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *construction, TF_Status *status);
void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction *construction, const char *name,
                                         int32_t *list, int32_t *total, TF_Status *status);
void TF_OpKernelConstruction_GetAttrString(TF_OpKernelConstruction *construction, const char *name,
                                           char *text, uint64_t length, TF_Status *status);
void TF_OpKernelContext_Failure(TF_OpKernelContext *context, TF_Status *status);
void TF_SetOutput(TF_OpKernelContext *context, int index, const TF_Tensor *tensor,
                  TF_Status *status);
void TF_SetStatus(TF_Status *status, int32_t code, const char *message);
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext *context, TF_Status *status);
void *TF_TensorData(const TF_Tensor *tensor);
int64_t TF_TensorElementCount(const TF_Tensor *tensor);
int32_t TF_TensorType(const TF_Tensor *tensor);
