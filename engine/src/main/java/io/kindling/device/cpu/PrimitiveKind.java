package io.kindling.device.cpu;

/** What is cached; also the unit in which a fallback to Java is logged. */
enum PrimitiveKind {
  MATMUL,
  REORDER,
  BINARY,
  TRUTHS,
  REDUCTION,
  ELTWISE,
  ELTWISE_BACKWARD,
  SOFTMAX,
  SOFTMAX_BACKWARD,
  CONVOLUTION,
  CONVOLUTION_INPUT,
  CONVOLUTION_WEIGHT,
  POOL,
  BATCH_NORM,
  BATCH_NORM_INPUT,
  POOL_INPUT
}
