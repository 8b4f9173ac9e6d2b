/**
 * The record tree of a run's configuration. {@link io.kindling.conf.RunConfig} is the root; each
 * section has one record, which checks its own values when it is constructed. The YAML keys are the
 * names of the record components in snake_case, so a new key is one line in one record.
 */
@NullMarked
package io.kindling.conf;

import org.jspecify.annotations.NullMarked;
