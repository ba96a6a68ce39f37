#include "textflag.h"

// PUT writes the position of the lowest set bit of a mask and clears it.
#define PUT(mask, to) \
	TZCNTQ mask, R12 \
	ADDL R10, R12 \
	MOVL R12, to \
	BLSRQ mask, mask

// PUT4 is PUT four times, one behind the other.
#define PUT4(mask, to) \
	PUT(mask, (to)) \
	PUT(mask, 4(to)) \
	PUT(mask, 8(to)) \
	PUT(mask, 12(to))

// BITS makes a mask of the bytes of Y2 and Y3 that are those of a register.
#define BITS(wanted, mask) \
	VPCMPEQB wanted, Y2, Y4 \
	VPCMPEQB wanted, Y3, Y5 \
	VPMOVMSKB Y4, mask \
	VPMOVMSKB Y5, R9 \
	SHLQ $32, R9 \
	ORQ R9, mask

// func markAVX2(text *byte, words int, at uint32, inside uint64, newlineAt, quoteAt, gapAt *uint32) (n counts)
TEXT ·markAVX2(SB), NOSPLIT, $0-88
	MOVQ text+0(FP), SI
	MOVQ words+8(FP), CX
	MOVL at+16(FP), R10
	MOVQ inside+24(FP), BX
	MOVQ newlineAt+32(FP), DI
	MOVQ quoteAt+40(FP), DX
	MOVQ gapAt+48(FP), R14
	MOVL $0x0a0a0a0a, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	MOVL $0x22222222, AX
	VMOVD AX, X1
	VPBROADCASTD X1, Y1
	MOVL $0x20202020, AX
	VMOVD AX, X6
	VPBROADCASTD X6, Y6
	VPCMPEQB X7, X7, X7

word:
	VMOVDQU (SI), Y2
	VMOVDQU 32(SI), Y3
	BITS(Y0, AX)
	BITS(Y1, R8)
	TESTQ R14, R14
	JZ gapsDone

	// The carryless product with all ones has, at each place, the parity of the
	// quotes up to there. Most words have at most eight gaps.
	BITS(Y6, R13)
	VMOVQ R8, X8
	VPCLMULQDQ $0, X7, X8, X8
	VMOVQ X8, R11
	XORQ BX, R11
	MOVQ R11, BX
	SARQ $63, BX
	ANDNQ R13, R11, R13
	ORQ AX, R13
	POPCNTQ R13, R11
	MOVQ R14, R9
	PUT4(R13, R9)
	ADDQ $16, R9
	PUT4(R13, R9)
	JNZ gaps

gapsPut:
	LEAQ (R14)(R11*4), R14

gapsDone:
	// Most words have at most one newline and four quotes: those are written
	// without a branch on their number.
	POPCNTQ AX, R11
	PUT(AX, (DI))
	JNZ newlines

newlinesDone:
	LEAQ (DI)(R11*4), DI
	POPCNTQ R8, R11
	PUT4(R8, DX)
	JNZ quotes

quotesDone:
	LEAQ (DX)(R11*4), DX
	ADDQ $64, SI
	ADDL $64, R10
	DECQ CX
	JNZ word

	VZEROUPPER
	SUBQ newlineAt+32(FP), DI
	SARQ $2, DI
	MOVQ DI, n_newlines+56(FP)
	SUBQ quoteAt+40(FP), DX
	SARQ $2, DX
	MOVQ DX, n_quotes+64(FP)
	SUBQ gapAt+48(FP), R14
	SARQ $2, R14
	MOVQ R14, n_gaps+72(FP)
	MOVQ BX, n_inside+80(FP)
	RET

gaps:
	ADDQ $16, R9

gap:
	PUT(R13, (R9))
	LEAQ 4(R9), R9
	JNZ gap
	JMP gapsPut

newlines:
	LEAQ 4(DI), R13

newline:
	PUT(AX, (R13))
	LEAQ 4(R13), R13
	JNZ newline
	JMP newlinesDone

quotes:
	LEAQ 16(DX), R13

quote:
	PUT(R8, (R13))
	LEAQ 4(R13), R13
	JNZ quote
	JMP quotesDone
