/** How a step's parameters reach the replicas, and their gradients the driver. */
@NullMarked
package io.kindling.exchange;

import org.jspecify.annotations.NullMarked;
