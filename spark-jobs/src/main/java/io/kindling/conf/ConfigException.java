package io.kindling.conf;

import io.kindling.core.KindlingException;

/** A configuration that cannot be used; the message names the key and where it was written. */
public final class ConfigException extends KindlingException {
  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * @param key the full dotted key, such as {@code train.epochs}; empty when no one key is at fault
   * @param message the whole sentence, naming the key
   */
  public ConfigException(String key, String message) {
    super(message);
    this.key = key;
  }

  /** The full dotted key at fault; empty when no one key is. */
  public String key() {
    return key;
  }

  /** The same error, told where the key was written. */
  ConfigException at(String where) {
    return new ConfigException(key, where + ": " + getMessage());
  }
}
