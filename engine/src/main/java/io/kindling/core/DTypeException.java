package io.kindling.core;

/** A data type that an operator does not take. */
public final class DTypeException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public DTypeException(String message) {
    super(message);
  }
}
