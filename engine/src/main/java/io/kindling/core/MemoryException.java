package io.kindling.core;

/** Native memory that is used up or was released already. */
public final class MemoryException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public MemoryException(String message) {
    super(message);
  }
}
