package io.kindling.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kindling.device.Fingerprint;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An instruction set")
class IsaTest {
  @Test
  @DisplayName("that two hosts have in common is the best that lies in both")
  void common() {
    assertEquals(Isa.AVX2, Isa.AVX2_VNNI.common(Isa.AVX512_BF16));
    assertEquals(Isa.AVX512, Isa.AVX512.common(Isa.AVX512_AMX));
    assertEquals(Isa.AVX2_VNNI, Isa.AVX2_VNNI_2.common(Isa.AVX512_FP16));
    assertEquals(Isa.AUTO, Isa.AUTO.common(Isa.AVX2));
    for (Isa isa : Isa.values()) {
      assertEquals(isa, isa.common(isa));
    }
  }

  @Test
  @DisplayName("of this host is known without asking oneDNN, and is the one that it takes")
  void available() {
    Fingerprint kernels = Cpu.backend().fingerprint();
    assumeTrue(kernels.backend().equals("onednn"));
    assumeTrue(!kernels.isa().contains("amx") && !kernels.isa().contains("avx10"));
    assumeTrue(System.getProperty("os.name").equals("Linux"));
    assertEquals(kernels.isa(), Isa.available().text());
  }
}
