package io.kindling.device.cpu;

import static org.objectweb.asm.Opcodes.*;

import io.kindling.core.DType;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Makes the {@link Codec} of a data type and a compute type: a class of its own for each pair,
 * since only a loop without calls of several kinds is fast.
 */
final class CodecCompiler {
  private static final String PACKAGE = "io/kindling/device/cpu/";
  private static final String RAW = "io/kindling/device/Raw";
  private static final String HALF = "io/kindling/core/Half";

  private final DType dtype;
  private final Lane lane;

  /** What the data type is between memory and lane: int, long, float or double. */
  private final Type carrier;

  private CodecCompiler(DType dtype, Lane lane) {
    this.dtype = dtype;
    this.lane = lane;
    this.carrier =
        switch (dtype) {
          case BOOL, UINT8, INT8, INT16, INT32 -> Type.INT_TYPE;
          case INT64 -> Type.LONG_TYPE;
          case FLOAT16, BFLOAT16, FLOAT32 -> Type.FLOAT_TYPE;
          case FLOAT64 -> Type.DOUBLE_TYPE;
        };
  }

  static Codec<?> compile(DType dtype, Lane lane) {
    String type = PACKAGE + "Codec_" + dtype.torchName() + "_" + lane;
    ClassWriter cw = new ClassWriter(ClassWriter.COMPUTE_FRAMES);
    cw.visit(
        V17,
        ACC_FINAL | ACC_SUPER,
        type,
        null,
        "java/lang/Object",
        new String[] {PACKAGE + "Codec"});
    LoopCompiler.constructor(cw);
    CodecCompiler made = new CodecCompiler(dtype, lane);
    made.loops(cw.visitMethod(ACC_PUBLIC, "load", "(Ljava/lang/Object;IIJJ)V", null, null), true);
    made.loops(cw.visitMethod(ACC_PUBLIC, "store", "(Ljava/lang/Object;IIJJ)V", null, null), false);
    cw.visitEnd();
    return (Codec<?>) LoopCompiler.instance(cw.toByteArray(), "codec of " + dtype + " in " + lane);
  }

  // Parameters: this 0, array 1, at 2, n 3, address 4, step 6; then i 8 and the typed array 9.
  private void loops(MethodVisitor mv, boolean load) {
    Label spread = new Label();
    mv.visitCode();
    mv.visitVarInsn(ALOAD, 1);
    mv.visitTypeInsn(CHECKCAST, LoopCompiler.arrayOf(lane.type).getDescriptor());
    mv.visitVarInsn(ASTORE, 9);
    mv.visitVarInsn(LLOAD, 6);
    mv.visitLdcInsn((long) dtype.size());
    mv.visitInsn(LCMP);
    mv.visitJumpInsn(IFNE, spread);
    loop(mv, load, true);
    mv.visitLabel(spread);
    loop(mv, load, false);
    mv.visitMaxs(0, 0);
    mv.visitEnd();
  }

  /** Of any step, or of dense elements, whose step the compiler of the JVM then knows. */
  private void loop(MethodVisitor mv, boolean load, boolean dense) {
    Label test = new Label();
    Label done = new Label();
    mv.visitInsn(ICONST_0);
    mv.visitVarInsn(ISTORE, 8);
    mv.visitLabel(test);
    mv.visitVarInsn(ILOAD, 8);
    mv.visitVarInsn(ILOAD, 3);
    mv.visitJumpInsn(IF_ICMPGE, done);
    if (load) {
      place(mv);
      address(mv, dense);
      read(mv);
      convert(mv, carrier, lane.type);
      mv.visitInsn(lane.type.getOpcode(IASTORE));
    } else {
      address(mv, dense);
      place(mv);
      mv.visitInsn(lane.type.getOpcode(IALOAD));
      write(mv);
    }
    mv.visitIincInsn(8, 1);
    mv.visitJumpInsn(GOTO, test);
    mv.visitLabel(done);
    mv.visitInsn(RETURN);
  }

  /** {@code array, at + i}. */
  private static void place(MethodVisitor mv) {
    mv.visitVarInsn(ALOAD, 9);
    mv.visitVarInsn(ILOAD, 2);
    mv.visitVarInsn(ILOAD, 8);
    mv.visitInsn(IADD);
  }

  /** {@code address + i * step}. */
  private void address(MethodVisitor mv, boolean dense) {
    mv.visitVarInsn(LLOAD, 4);
    mv.visitVarInsn(ILOAD, 8);
    mv.visitInsn(I2L);
    if (dense) {
      mv.visitLdcInsn((long) dtype.size());
    } else {
      mv.visitVarInsn(LLOAD, 6);
    }
    mv.visitInsn(LMUL);
    mv.visitInsn(LADD);
  }

  private void read(MethodVisitor mv) {
    switch (dtype) {
      case BOOL, UINT8 -> {
        get(mv, "Byte", "B");
        mv.visitIntInsn(SIPUSH, 0xff);
        mv.visitInsn(IAND);
      }
      case INT8 -> get(mv, "Byte", "B");
      case INT16 -> get(mv, "Short", "S");
      case INT32 -> get(mv, "Int", "I");
      case INT64 -> get(mv, "Long", "J");
      case FLOAT32 -> get(mv, "Float", "F");
      case FLOAT64 -> get(mv, "Double", "D");
      case FLOAT16 -> {
        get(mv, "Short", "S");
        call(mv, HALF, "fromFloat16", "(S)F");
      }
      case BFLOAT16 -> {
        get(mv, "Short", "S");
        call(mv, HALF, "fromBfloat16", "(S)F");
      }
    }
  }

  private void write(MethodVisitor mv) {
    if (dtype == DType.BOOL) {
      call(mv, PACKAGE + "ScalarMath", "truth", "(" + lane.type.getDescriptor() + ")I");
    } else {
      convert(mv, lane.type, carrier);
    }
    switch (dtype) {
      case BOOL, UINT8, INT8 -> {
        mv.visitInsn(I2B);
        put(mv, "Byte", "B");
      }
      case INT16 -> {
        mv.visitInsn(I2S);
        put(mv, "Short", "S");
      }
      case INT32 -> put(mv, "Int", "I");
      case INT64 -> put(mv, "Long", "J");
      case FLOAT32 -> put(mv, "Float", "F");
      case FLOAT64 -> put(mv, "Double", "D");
      case FLOAT16 -> {
        call(mv, HALF, "toFloat16", "(F)S");
        put(mv, "Short", "S");
      }
      case BFLOAT16 -> {
        call(mv, HALF, "toBfloat16", "(F)S");
        put(mv, "Short", "S");
      }
    }
  }

  private static void get(MethodVisitor mv, String what, String type) {
    mv.visitMethodInsn(INVOKESTATIC, RAW, "get" + what, "(J)" + type, false);
  }

  private static void put(MethodVisitor mv, String what, String type) {
    mv.visitMethodInsn(INVOKESTATIC, RAW, "put" + what, "(J" + type + ")V", false);
  }

  private static void call(MethodVisitor mv, String owner, String name, String descriptor) {
    mv.visitMethodInsn(INVOKESTATIC, owner, name, descriptor, false);
  }

  /** As Java's casts; a floating-point number goes to an int by way of long, so that it wraps. */
  private static void convert(MethodVisitor mv, Type from, Type to) {
    if (from.equals(to)) {
      return;
    }
    boolean floating = from == Type.FLOAT_TYPE || from == Type.DOUBLE_TYPE;
    if (floating && to == Type.INT_TYPE) {
      convert(mv, from, Type.LONG_TYPE);
      mv.visitInsn(L2I);
      return;
    }
    String key = from.getDescriptor() + to.getDescriptor();
    int opcode =
        switch (key) {
          case "IJ" -> I2L;
          case "IF" -> I2F;
          case "ID" -> I2D;
          case "JI" -> L2I;
          case "JF" -> L2F;
          case "JD" -> L2D;
          case "FJ" -> F2L;
          case "FD" -> F2D;
          case "DJ" -> D2L;
          case "DF" -> D2F;
          default -> throw new IllegalStateException(key);
        };
    mv.visitInsn(opcode);
  }
}
