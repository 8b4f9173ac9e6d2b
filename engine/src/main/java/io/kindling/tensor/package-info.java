/**
 * Tensors, operators and automatic differentiation. An operator's forward, its shape rule and its
 * derivative stand together in one of the tables ({@code *Ops}); {@link io.kindling.tensor.Tensor}
 * only delegates to them.
 */
@NullMarked
package io.kindling.tensor;

import org.jspecify.annotations.NullMarked;
