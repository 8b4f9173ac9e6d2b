package io.kindling.core;

/** An index or a dimension outside its range. */
public final class IndexException extends KindlingException {
  private static final long serialVersionUID = 1L;

  public IndexException(String message) {
    super(message);
  }
}
