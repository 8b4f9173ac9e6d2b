/** Files that appear whole or not at all, on any Hadoop file system, and the saved model. */
@NullMarked
package io.kindling.checkpoint;

import org.jspecify.annotations.NullMarked;
