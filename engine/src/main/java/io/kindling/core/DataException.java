package io.kindling.core;

/** Data that cannot be used: a truncated file, a wrong magic number, a label out of range. */
public final class DataException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
