/**
 * The loop on the driver: {@link io.kindling.train.Trainer} reads as the verbs of the picture in
 * the README.
 */
@NullMarked
package io.kindling.train;

import org.jspecify.annotations.NullMarked;
