/**
 * The arithmetic of kernels, written once as text: {@code "max(a, 0) + s * min(a, 0)"}. A device
 * turns a formula into loops of its own.
 */
@NullMarked
package io.kindling.device.formula;

import org.jspecify.annotations.NullMarked;
