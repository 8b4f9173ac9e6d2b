/** The same between processes, over Spark's own authenticated and encrypted network layer. */
@NullMarked
package io.kindling.exchange.rpc;

import org.jspecify.annotations.NullMarked;
