package io.kindling.conf;

import java.io.Serializable;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory: {@code 2g}, {@code 512m}, {@code 64k}, {@code 1048576} (bytes), or {@code
 * auto}, which is written as 0 bytes here.
 *
 * @param bytes at least 0; 0 stands for "chosen by the engine"
 */
public record MemorySize(long bytes) implements Serializable {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,15})\\s*([kmgt]?)(?:i?b)?");
  private static final String UNITS = "kmgt";

  public MemorySize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a memory size is at least 0 bytes, got " + bytes);
    }
  }

  /** True when the engine chooses. */
  public boolean isAuto() {
    return bytes == 0;
  }

  /**
   * Reads {@code auto}, a number of bytes, or a number with a unit of 1024 powers.
   *
   * @throws IllegalArgumentException for any other text
   */
  public static MemorySize parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (lower.equals("auto")) {
      return new MemorySize(0);
    }
    Matcher matcher = FORM.matcher(lower);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a memory size: " + text);
    }
    long count = Long.parseLong(matcher.group(1));
    if (count == 0) {
      throw new IllegalArgumentException("not a memory size, nothing can be held in it: " + text);
    }
    int shift = 10 * (UNITS.indexOf(matcher.group(2)) + 1);
    if (matcher.group(2).isEmpty()) {
      shift = 0;
    }
    if (count > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("not a memory size, too large: " + text);
    }
    return new MemorySize(count << shift);
  }

  /** The shortest form that {@link #parse} reads back: {@code auto}, {@code 2g}, {@code 1000}. */
  @Override
  public String toString() {
    if (bytes == 0) {
      return "auto";
    }
    int unit = Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
    return (bytes >> (10 * unit)) + (unit == 0 ? "" : UNITS.substring(unit - 1, unit));
  }
}
