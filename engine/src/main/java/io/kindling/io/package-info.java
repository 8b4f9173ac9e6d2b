/** Files of tensors. */
@NullMarked
package io.kindling.io;

import org.jspecify.annotations.NullMarked;
