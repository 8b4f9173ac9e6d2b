/**
 * Modules, layers, losses and their initialisation: PyTorch's {@code torch.nn}. Import {@link
 * io.kindling.nn.Module} by its name; {@code import io.kindling.nn.*} alone leaves it hidden by
 * {@code java.lang.Module}.
 */
@NullMarked
package io.kindling.nn;

import org.jspecify.annotations.NullMarked;
