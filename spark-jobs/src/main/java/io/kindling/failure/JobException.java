package io.kindling.failure;

import io.kindling.conf.Secrets;
import io.kindling.core.KindlingException;
import org.jspecify.annotations.Nullable;

/** A failed command: what failed, where, and how the process ends. */
public final class JobException extends KindlingException {
  private static final long serialVersionUID = 1L;

  private final Ending ending;
  private final String type;
  private final Place place;

  /** A failure at an unknown place. */
  public JobException(Ending ending, String message) {
    this(ending, message, Place.UNKNOWN, null);
  }

  /**
   * A failure with its cause.
   *
   * @param message what failed, what was expected and came, and what to do
   */
  @SuppressWarnings("NullAway") // Throwable takes a null cause
  public JobException(Ending ending, String message, Place place, @Nullable Throwable cause) {
    this(ending, JobException.class.getSimpleName(), message, place, cause);
  }

  @SuppressWarnings("NullAway") // Throwable takes a null cause
  JobException(Ending ending, String type, String message, Place place, @Nullable Throwable cause) {
    super(Secrets.masked(message), cause);
    this.ending = ending;
    this.type = type;
    this.place = place;
  }

  public Ending ending() {
    return ending;
  }

  /** The simple name of the class of the root cause. */
  public String type() {
    return type;
  }

  public Place place() {
    return place;
  }

  /** The same failure with what is known of its place added. */
  JobException at(Place more) {
    JobException result = new JobException(ending, type, message(), place.or(more), getCause());
    result.setStackTrace(getStackTrace());
    return result;
  }

  /** The same failure without stack traces, for a cluster that prints what main throws. */
  public JobException bare() {
    String text = place.equals(Place.UNKNOWN) ? message() : message() + " [" + place + "]";
    JobException result = new JobException(ending, type, text, place, null);
    result.setStackTrace(new StackTraceElement[0]);
    return result;
  }

  /** The message; never null, unlike a throwable's in general. */
  public String message() {
    String message = getMessage();
    return message == null ? type : message;
  }
}
