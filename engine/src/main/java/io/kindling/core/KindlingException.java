package io.kindling.core;

/**
 * The root of every error that Kindling raises on purpose. A message says what failed, where, what
 * was expected and what came.
 */
public class KindlingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public KindlingException(String message) {
    super(message);
  }

  public KindlingException(String message, Throwable cause) {
    super(message, cause);
  }
}
