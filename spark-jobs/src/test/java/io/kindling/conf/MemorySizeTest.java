package io.kindling.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
  @ParameterizedTest
  @CsvSource({
    "auto,0,auto",
    "1000,1000,1000",
    "64k,65536,64k",
    "2g,2147483648,2g",
    "2GB,2147483648,2g",
    "1536m,1610612736,1536m",
    "1 GiB,1073741824,1g",
    "8b,8,8"
  })
  @DisplayName("a size is read in powers of 1024 and written in its shortest form")
  void sizes(String text, long bytes, String written) {
    assertEquals(bytes, MemorySize.parse(text).bytes());
    assertEquals(written, MemorySize.parse(text).toString());
    assertEquals(MemorySize.parse(text), MemorySize.parse(written));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "0g", "g", "-1", "1.5g", "2x", "99999999999t", "9999999999999999999"})
  @DisplayName("anything else is refused")
  void refused(String text) {
    assertThrows(IllegalArgumentException.class, () -> MemorySize.parse(text));
  }
}
