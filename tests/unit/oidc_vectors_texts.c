/* SPDX-License-Identifier: ISC */
/* Tokens with bad texts, of the keys of oidc_vectors.c. */
#include "common/errors.h"
#include "tests/unit/oidc_vectors.h"

const struct vectors_bad vectors_texts[] = {
    {"a header of algorithm twice", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJub25lIiwiYWxnIjoiRWREU0EiLCJraWQiOiJlZCJ9.eyJpc3M"
	"iOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDA"
	"xIn0.05xegiH9fdDxWvsbLAziQnHzG7m3daIjv1XGYB1l8AyUuQJYKcsj9Lt"
	"vateLz74tH4AsIGPI1gzGXwS8PfxwAg"},
    {"a header of algorithm twice, escaped", VB_ESYNTAX,
	"header is not an object",
	"eyJhbGciOiJFZERTQSIsIlx1MDA2MWxnIjoibm9uZSJ9.eyJpc3MiOiJodHR"
	"wczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.N3G"
	"eTY7Rzq30WZ5fhSrMMFLo4hRSEI8PCvlc4scUnlwiy1b_SyVcnG20rPxF-qD"
	"ikduiYe1imCwPVjbs_ioWAw"},
    {"a header of kid twice", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwia2lkIjoiZWQifQ.eyJpc3MiO"
	"iJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxI"
	"n0.5LjFDchYTyr6h23tnFXJ4--_Br3pMEVEUowqpfFQlgBYk11HfO_HJ5KmH"
	"nwDJteSYxJnuewmoTJ5xlY_uPsVAQ"},
    {"a header of a NUL", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQVx1MDAwMCIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRw"
	"czovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.TYEz"
	"0am3HmDTF3liAmkf7dm3G1VdwEqgQ83L0m8b9DcjOr2zaC9Iqo_3DibnpNsl"
	"HM2b5c1UA_gKBmNKoSo2Bw"},
    {"a header of a NUL in a name", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZFx1MDAwMCI6ImVkIn0.eyJpc3MiOiJodHRw"
	"czovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.6Zav"
	"AHbGvUluO41um4f-wdFpXwmZy-Tl3V4Hb0mU6P4WJkqs6akv7zNQhjeyAsg0"
	"X8BUF4smJccWSJ4ZrPLnDw"},
    {"a header of an array", VB_ESYNTAX, "header is not an object",
	"WyJFZERTQSJd.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3V"
	"iIjoiMjQ4Mjg5NzYxMDAxIn0.iEGPMzrqn-RFKpqP6kGZNRDJl1_HWfTM9Jl"
	"OCFGlGhy6oTwoAg9Ml3tmeJmXWr8pudM3eKCV4fOYynWS0CGBAA"},
    {"a header of text", VB_ESYNTAX, "header is not an object",
	"IkVkRFNBIg.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViI"
	"joiMjQ4Mjg5NzYxMDAxIn0.rBL5fiXcicLlgtAL6vvXs9nnhcmRp7wO3ovx5"
	"1f8jHxg-vkN5NR-D_C4wCklZ7U4gVIUn8iYTlGdRAdghCx1Bw"},
    {"a header of a number", VB_ESYNTAX, "header is not an object",
	"MQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4M"
	"jg5NzYxMDAxIn0.11xKGCttPwfBju1zTUwBPGePUrGoVeQ8w33R1Q-nmSRdA"
	"wj0VZKZ2sUb3-a3shntMDpEVMYcErDIF0UdXX0oBw"},
    {"a header of nothing", VB_ESYNTAX, "header is not an object",
	".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg"
	"5NzYxMDAxIn0.Dx1nif4_WT7_ro_7_hE04aduBdU2f_ByDKudnJMSqN924UB"
	"guRQyCAaP6DWPSFJzUo__pvNS5iCjDELfzxEaCQ"},
    {"a header of blanks", VB_ESYNTAX, "header is not an object",
	"ICA.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4"
	"Mjg5NzYxMDAxIn0.AF9t05u2GWQVEJ-liuB9iCfpTgAdlYDVWHxPHrZutmKs"
	"BxX-FfRC3rf6PqHNAJD5BV_djbr3Q97FPw2yKuzEAA"},
    {"a header of two objects", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSJ9e30.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUu"
	"Y29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.IXFWdkoP96irFDzUWRZSlSbj"
	"iOmEOaMm7GNBJzCeY4pFXb0IuDZAeggGkJ8fKcclJPZRBSgKK5N_oxlEbyJq"
	"DA"},
    {"a header of half an object", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSI.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.RFJL4VgYg3U2FuVw4ZpCgr2fknhQ"
	"5LP-Jde0_EJpkF7yISz4vr1VEkkCBGr9KzN8Ivwz_H6jyEX9Ujrs1g3xBw"},
    {"a header of a comment", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSIvKiovfQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wb"
	"GUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.g5HYEk4I4yETVWgVcbHgd"
	"g8UPCbnr0o_X8NndD4o8qKSaENZqngRLt_NGYmjekUzPBtvkz5s9GDXsLCO4"
	"-_IAg"},
    {"a header of single quotes", VB_ESYNTAX, "header is not an object",
	"eydhbGcnOidFZERTQSd9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Z4SoU0OX_g8PR1yXmUMUKE4I5tb"
	"SqCrnw_9pWX8EAprS4CV7hC6VGpm5N9bapCwffMhokqWDG-kDZzpRA6qSCw"},
    {"a header that is no UTF-8", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwieCI6Iv8ifQ.eyJpc3MiOiJod"
	"HRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.V"
	"1o3DfFsu5Rh0AtEXAHkPaDrPbQ7ovpjHT-omfHU9rU5zwkrrBWdNrD1rGagp"
	"tHtoA2Mzzs8ZiBA5AWZzJ1UBQ"},
    {"a header with a surrogate in UTF-8", VB_ESYNTAX,
	"header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwieCI6Iu2ggCJ9.eyJpc3MiOiJ"
	"odHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0"
	".8gUVkSs0QFlNkukHz05es5we5YGrMw_HSPIYWqpopn52KjvmlN4RNEernD_"
	"vnA-arzuR2_5iyokc4t33pCyBDw"},
    {"a header with a long form in UTF-8", VB_ESYNTAX,
	"header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwieCI6IsCuIn0.eyJpc3MiOiJo"
	"dHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."
	"8OKDDwgasBmMKYsxQCrYx5fmujnwTFdsFSI2HHgYNwH_-S1KTtzAyOFZ6Nwv"
	"NvmY1E4dk1Mp4k4B5BEVonO7CQ"},
    {"a header with half a surrogate", VB_ESYNTAX, "header is not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwieCI6Ilx1ZDgwMCJ9.eyJpc3M"
	"iOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDA"
	"xIn0.-A2k7D8c3oVvh7h_y-l5Ub_PtyYVvhHJ2ycYmc-Wxpz7pRRsYmkcVOq"
	"-5kgFOiiSwgAoVRKnVLLsYAFlSCTbAg"},
    {"a header with a byte order mark", VB_ESYNTAX, "header is not an object",
	"77u_eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczov"
	"L2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.oUeLIi7l"
	"dUATXel9Dn-LED0RtPjfiQuPTGRnveZ317YCPZ4jqpPr6u-dIk5X6TffV07j"
	"guU690mRM9Aj1p1ZAw"},
    {"claims of nothing", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0..0kgs10hbFRNt-Y8QvLF6-Ch"
	"t0sghjnkvtVAPQiObr7hpD63N95db7optJBfrN24vVTd6j8AEHPnmjAWz2RU"
	"qDg"},
    {"claims of an array", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.W3sic3ViIjoiYSJ9XQ.CfOY8"
	"WLn59jCUMKZ3PGuKNIFrrgLSL66zWhTzbibooi9Tc3C4WpjYZcdSeyuD6ARD"
	"vZn2Edv2HSpbmxvSMrDBQ"},
    {"claims of text", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.ImEi.pu9hknWLFbCqbIghQdc"
	"rZvYjAoeKvNNoVWqOPUJk1Ucb3pC9v_CZphCPQWQR22WV88Mo-Hq9OTVyqgC"
	"keCUdCw"},
    {"claims of a number", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.MQ.SeXp45ZQTDX_IKrYLN1eu"
	"6N5cjvw5Wd9_hX3YA8qXULDJToxZMCt5KdNW6BGW_yYJleOBsOXqFBJlMhkq"
	"Sm_Ag"},
    {"claims of no JSON", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.c3ViPWE.HNKDcQFEXnD0sRfe"
	"mVsFwQaJk-l0h9I-wnctCmqNCkSioVz4nL2QFUUvxa1T1VDEpaW4uf5Fvhos"
	"15o1_nP5BA"},
    {"claims of a claim twice", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJhIiwic3ViIjoi"
	"YiJ9.NjZelc6_TQLlqlj0jbjneNiBT19iJxQKTL3c5ibyciQ-MotJWErg6lb"
	"RvxDa31zW3K0DiUpJn_sHwQfeePjxCQ"},
    {"claims of a claim twice, deeper", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJhIjp7ImIiOjEsImIiOjF9"
	"fQ.m_Y3l0NZ6j5IZy04z96xg6CFbY7A1QoT68jmRGyOu1zu4KlmKAuLELzum"
	"XlCozdqC5DHAQBoeQkVPtn-IrTTCw"},
    {"claims of a NUL", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJhXHUwMDAwYiJ9"
	".rYSMLxYtm6mCgz8eZOX3CjTR9OsDeCk3CMayztcjZUtQtPi8C1ARvQJjSOH"
	"p-eoAj6WC6F21zHTa4x8SAuURBg"},
    {"claims of a huge integer", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJleHAiOjkyMjMzNzIwMzY4"
	"NTQ3NzU4MDh9.bqgUVPNSfHgowo13MiSeruwiZsXP3lQJbArsR90gy2olPbP"
	"lpAYmTghBFhm-K-39AJs-tcBZsYQlU1FgvpguDQ"},
    {"claims of a huge real", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJleHAiOjFlOTk5fQ.zT4tZ"
	"8MRTfmcWxzh6cTi3nNdDUs-OhYdCuuVUG1DPsrTeQqTUpieCacSYQM5lrjVU"
	"kxG38ekq25jhzObQVVkAQ"},
    {"claims of a number with a zero", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJleHAiOjAxfQ.m5doswiEj"
	"5ogrkqxhRUuSQyljvj65m6meeE-ij3N4aQMWGmiIgFJK57YlKQShfwV9D8tP"
	"3rD2RDwSoZ8M_K0Bw"},
    {"claims of NaN", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJleHAiOk5hTn0.CP8HBoHs"
	"j0-Nnp8xlBGCZ0bJNIUPaK-3oiPeYAICwKTncEsRjxqyS-ffnfE3rzvCfMkb"
	"MhlFK_NzvhUkH-rsBA"},
    {"claims of a comma too many", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJhIjoxLH0.hSlAfBLHKBbM"
	"jP8HL1sItn2fvsNjXqz-UXyziQ89RIvuwfYnbRnnxMc5AMa9m79rbM99Pul4"
	"k8CYMa3TaRHbCA"},
    {"claims of 33 objects in each other", VB_ESYNTAX,
	"claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJhIjp7ImEiOnsiYSI6eyJh"
	"Ijp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJh"
	"Ijp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJh"
	"Ijp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJhIjp7ImEiOnsiYSI6eyJh"
	"Ijp7ImEiOnsiYSI6MX19fX19fX19fX19fX19fX19fX19fX19fX19fX19fX19"
	"fQ.hTzN-xr4IJNYScKRY7djRYBAUbW-qXx94XKJU2VinAfYYaTX9km9wSDxj"
	"j52-zHp7gpSvyVNgU65VmNaOVWBBw"},
    {"claims of more after the object", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.e30ge30.nCLkHwGR5xAtVGC1"
	"oV8TQLDMlg9_SxaM3Od62xXjPmw88SKhA2Vhz-qKC3ywfI9ECmu1tK9nYhrL"
	"aHKZVysDCw"},
    {"claims that are no UTF-8", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiL_In0.gPuB7HRr"
	"SdTNeAmVsowapWiSZkILCXokkW5zecRBXkMdfbCTQietxkfff9VYfEZZDjJy"
	"KngN-G7dIiJ_wHzdAw"},
    {"claims cut in UTF-8", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiLigiJ9.KtJNKJx"
	"H2-smRg-S29FT3BHzvw-rQKumMOP9Wmk0HEbh8N0WjMnvtA9-NgPu4XOMocv"
	"tSF7jqmpX3Pc8FKilAQ"},
    {"claims that are compressed", VB_ESYNTAX, "claims are not an object",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiemlwIjoiREVGIn0.q1bKLC5W"
	"slLKKCkpKLbS189M0UutSMwtyEnVS87PVdJRKi5NAkobmVgYWViamxkaGBgq"
	"1QIA.95SeqaNDj0jv4g39hBqa4O9n6T3lMOhhwkTYhzcQGyrucTACKNDHfkX"
	"zwRYGlq6tl4zuiBGlEAEJohrotdSUCQ"},
    {"a token of nothing", VB_ESYNTAX, "three parts", ""},
    {"a token of one part", VB_ESYNTAX, "three parts",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0"},
    {"a token of two parts", VB_ESYNTAX, "three parts",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0"},
    {"a token of four parts", VB_ESYNTAX, "three parts",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw.NqyP8lKjgACzY9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3"
	"sY84pcVaHNXFaKWPuMrELj_MYIpqQlbhwAyke1BBw"},
    {"a token of a fourth, empty part", VB_ESYNTAX, "three parts",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw."},
    {"a token of five parts, as JWE", VB_ESYNTAX, "three parts",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw.."},
    {"a token of JSON", VB_ESYNTAX, "three parts",
	"{\"payload\":\"eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3Vi"
	"IjoiMjQ4Mjg5NzYxMDAxIn0\",\"protected\":\"eyJhbGciOiJFZERTQSIsIm"
	"tpZCI6ImVkIn0\",\"signature\":\"NqyP8lKjgACzY9Vf0Ti1i665yJIkbOYL"
	"P_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIpqQlbhwAyke1BBw\"}"},
    {"only dots", VB_ESYNTAX, "header is not", ".."},
    {"no header", VB_ESYNTAX, "header is not",
	".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg"
	"5NzYxMDAxIn0.NqyP8lKjgACzY9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY"
	"84pcVaHNXFaKWPuMrELj_MYIpqQlbhwAyke1BBw"},
    {"no claims", VB_EWEAK, "signature is wrong",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0..NqyP8lKjgACzY9Vf0Ti1i66"
	"5yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIpqQlbhwAyke1"
	"BBw"},
    {"no signature", VB_EWEAK, "signature is wrong",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"padding of the signature", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw=="},
    {"a line break at the end", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw\n"},
    {"a blank at the end", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw "},
    {"a blank before", VB_ESYNTAX, "header is not",
	" eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgAC"
	"zY9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYI"
	"pqQlbhwAyke1BBw"},
    {"a NUL at the end, escaped", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw%00"},
    {"a plus in the signature", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.+qyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw"},
    {"a slash in the header", VB_ESYNTAX, "header is not",
	"/yJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw"},
    {"a bit that belongs to nothing", VB_ESYNTAX, "is not base64url",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBx"},
    {"a header that is signed with padding", VB_ESYNTAX, "header is not",
	"eyJhbGciOiJFZERTQSIgLCJraWQiOiJlZCJ9=.eyJpc3MiOiJodHRwczovL2"
	"lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.ubEe6sU0tD"
	"qL55X96HRvDGIwe32brET31tVzbTSK2pRm6BpOraKezOLnAZVbPzMqpd4M5u"
	"fWExIivTOxJel1Bg"},
    {"claims that are signed with padding", VB_ESYNTAX, "claims are not",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiJhYmMifQ==.9EW"
	"7LHXnMCNnt5h34U9Cf4mKmAASwG6WWBpMz33m-Bo9GiHHLalataZb43yJLbL"
	"lPnrbPyc7Q30O34UZzIyDDQ"},
};
const size_t vectors_texts_count =
    sizeof(vectors_texts) / sizeof(vectors_texts[0]);
