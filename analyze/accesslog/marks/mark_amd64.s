#include "textflag.h"

// PUT writes the position of the lowest set bit of a mask and clears it.
#define PUT(mask, to) \
	TZCNTQ mask, R12 \
	ADDL R10, R12 \
	MOVL R12, to \
	BLSRQ mask, mask

// func markAVX2(text *byte, words int, at uint32, newlineAt, quoteAt *uint32) (newlines, quotes int)
TEXT ·markAVX2(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ words+8(FP), CX
	MOVL at+16(FP), R10
	MOVQ newlineAt+24(FP), DI
	MOVQ quoteAt+32(FP), DX
	MOVL $0x0a0a0a0a, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	MOVL $0x22222222, AX
	VMOVD AX, X1
	VPBROADCASTD X1, Y1

word:
	VMOVDQU (SI), Y2
	VMOVDQU 32(SI), Y3
	VPCMPEQB Y0, Y2, Y4
	VPCMPEQB Y0, Y3, Y5
	VPCMPEQB Y1, Y2, Y6
	VPCMPEQB Y1, Y3, Y7
	VPMOVMSKB Y4, AX
	VPMOVMSKB Y5, BX
	VPMOVMSKB Y6, R8
	VPMOVMSKB Y7, R9
	SHLQ $32, BX
	SHLQ $32, R9
	ORQ BX, AX
	ORQ R9, R8

	// Most words have at most one newline and four quotes: those are written
	// without a branch on their number.
	POPCNTQ AX, R11
	PUT(AX, (DI))
	JNZ newlines

newlinesDone:
	LEAQ (DI)(R11*4), DI
	POPCNTQ R8, R11
	PUT(R8, (DX))
	PUT(R8, 4(DX))
	PUT(R8, 8(DX))
	PUT(R8, 12(DX))
	JNZ quotes

quotesDone:
	LEAQ (DX)(R11*4), DX
	ADDQ $64, SI
	ADDL $64, R10
	DECQ CX
	JNZ word

	VZEROUPPER
	SUBQ newlineAt+24(FP), DI
	SARQ $2, DI
	MOVQ DI, newlines+40(FP)
	SUBQ quoteAt+32(FP), DX
	SARQ $2, DX
	MOVQ DX, quotes+48(FP)
	RET

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
