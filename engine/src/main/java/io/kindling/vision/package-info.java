/** Image transforms, vision models and generated images. */
@NullMarked
package io.kindling.vision;

import org.jspecify.annotations.NullMarked;
