/** Optimizers: PyTorch's {@code torch.optim}. Each updates a parameter in one pass over memory. */
@NullMarked
package io.kindling.optim;

import org.jspecify.annotations.NullMarked;
