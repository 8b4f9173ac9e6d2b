/**
 * The seam between tensors and hardware: devices, memory and its bound, kernels and the small
 * {@link io.kindling.device.Backend} that runs them.
 */
@NullMarked
package io.kindling.device;

import org.jspecify.annotations.NullMarked;
