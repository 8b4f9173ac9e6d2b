/** Where examples come from: packed shards, and the plan of who contributes what in which step. */
@NullMarked
package io.kindling.source;

import org.jspecify.annotations.NullMarked;
