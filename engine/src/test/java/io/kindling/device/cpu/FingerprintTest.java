package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DeviceException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@DisplayName("The fingerprint of the kernels")
class FingerprintTest {
  /** Says which kernels a process of its own has: they are chosen once in a process. */
  public static void main(String[] args) {
    try {
      System.out.println(Cpu.backend().fingerprint());
    } catch (DeviceException e) {
      System.out.println(e.getMessage());
    }
  }

  private static String inProcess(String... options) throws IOException {
    List<String> command = new java.util.ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(options));
    command.add(FingerprintTest.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      byte[] output = process.getInputStream().readAllBytes();
      String[] lines = new String(output, StandardCharsets.UTF_8).split("\n");
      return lines[lines.length - 1];
    } finally {
      process.destroy();
    }
  }

  @Test
  @DisplayName("names backend, version and instruction set")
  void names() {
    String java = new JavaBackend().fingerprint().toString();
    int release = Runtime.version().feature();
    assertEquals("java " + release + " " + System.getProperty("os.arch"), java);
    String oneDnn = new OneDnnBackend().fingerprint().toString();
    assertTrue(oneDnn.matches("onednn \\d+\\.\\d+\\.\\d+ \\w+"), oneDnn);
  }

  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  @DisplayName("is capped by kindling.isa")
  void capped() throws IOException {
    String sse = inProcess("-Dkindling.backend=onednn", "-Dkindling.isa=sse41");
    assertEquals("onednn " + Dnnl.version() + " sse41", sse);
  }

  @Test
  @DisplayName("an unknown kindling.isa ends the program's start, with what is valid")
  void unknown() throws IOException {
    String expected =
        "kindling.isa: expected one of auto, sse41, avx, avx2, avx2_vnni, avx2_vnni_2, avx512,"
            + " avx512_vnni, avx512_bf16, avx512_fp16, avx512_amx, avx512_amx_fp16, avx10_2,"
            + " avx10_2_amx_2, got 'mmx'";
    DeviceException e = assertThrows(DeviceException.class, () -> Isa.parse("mmx"));
    assertEquals(expected, e.getMessage());
    assertEquals(expected, inProcess("-Dkindling.isa=mmx"));
  }

  @Test
  @DisplayName("an instruction set that is not known has a number")
  void unknownCode() {
    assertEquals("avx2", Isa.text(7));
    assertEquals("isa 0xabc", Isa.text(0xabc));
  }
}
