package io.kindling.core;

import org.jspecify.annotations.Nullable;

/** Data that cannot be used: a truncated file, a wrong magic number, a label out of range. */
public final class DataException extends KindlingException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String file;
  private final @Nullable Long record;

  public DataException(String message) {
    super(message);
    this.file = null;
    this.record = null;
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
    this.file = null;
    this.record = null;
  }

  private DataException(
      String message, @Nullable Throwable cause, @Nullable String file, @Nullable Long record) {
    super(message);
    if (cause != null) {
      initCause(cause);
    }
    this.file = file;
    this.record = record;
  }

  /** The same error, told which file it is about; the message is left as it is. */
  public DataException in(String path) {
    return withPlace(path, record);
  }

  /**
   * The same error, told which record it is about.
   *
   * @param path of the file
   * @param index of the record in the file, counted from 0
   */
  public DataException in(String path, long index) {
    return withPlace(path, index);
  }

  private DataException withPlace(String path, @Nullable Long index) {
    DataException result = new DataException(String.valueOf(getMessage()), getCause(), path, index);
    result.setStackTrace(getStackTrace());
    return result;
  }

  /** The file at fault; null where it is not known. */
  public @Nullable String file() {
    return file;
  }

  /** The record at fault, counted from 0; null where it is not known. */
  public @Nullable Long record() {
    return record;
  }
}
