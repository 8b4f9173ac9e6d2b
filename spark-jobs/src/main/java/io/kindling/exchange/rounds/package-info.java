/** Where the driver and resident tasks meet, step by step; knows nothing of Spark's network. */
@NullMarked
package io.kindling.exchange.rounds;

import org.jspecify.annotations.NullMarked;
