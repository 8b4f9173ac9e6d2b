/**
 * The entry points: the command line, the jobs behind its commands, and how a failure ends. {@link
 * io.kindling.jobs.Kindling} is the class that spark-submit runs.
 */
@NullMarked
package io.kindling.jobs;

import org.jspecify.annotations.NullMarked;
