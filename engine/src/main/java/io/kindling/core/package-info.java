/** Data types, geometry, typed errors and keyed random streams; depends on nothing. */
@NullMarked
package io.kindling.core;

import org.jspecify.annotations.NullMarked;
