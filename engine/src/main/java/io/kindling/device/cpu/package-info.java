/** The host's processor: plain Java loops, and oneDNN where its library loads. */
@NullMarked
package io.kindling.device.cpu;

import org.jspecify.annotations.NullMarked;
