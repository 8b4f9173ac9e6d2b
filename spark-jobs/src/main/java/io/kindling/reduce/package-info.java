/** The exact sum of the shards' gradients: a monoid that knows nothing of Spark. */
@NullMarked
package io.kindling.reduce;

import org.jspecify.annotations.NullMarked;
