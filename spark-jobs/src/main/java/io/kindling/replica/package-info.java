/** What runs in an executor: copies of the model that are kept between steps, and their tasks. */
@NullMarked
package io.kindling.replica;

import org.jspecify.annotations.NullMarked;
