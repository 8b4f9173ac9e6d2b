/**
 * From whatever was thrown to what the user is told: one ordered table of causes, each with its
 * ending and its remedy.
 */
@NullMarked
package io.kindling.failure;

import org.jspecify.annotations.NullMarked;
