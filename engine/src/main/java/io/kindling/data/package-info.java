/** Data sets, loaders and the file formats that they read. */
@NullMarked
package io.kindling.data;

import org.jspecify.annotations.NullMarked;
