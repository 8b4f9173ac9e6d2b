/** What a run tells: status, metrics, progress, and where its time went. */
@NullMarked
package io.kindling.report;

import org.jspecify.annotations.NullMarked;
