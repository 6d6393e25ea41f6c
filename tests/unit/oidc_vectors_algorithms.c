/* SPDX-License-Identifier: ISC */
/* Tokens of bad algorithms, of the keys of oidc_vectors.c. */
#include "common/errors.h"
#include "tests/unit/oidc_vectors.h"

const struct vectors_bad vectors_algorithms[] = {
    {"alg none without a signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"alg none with the key's signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJub25lIiwia2lkIjoicnNhIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Yjppm5KJLs_S"
	"iSb0DpB3HDNgeE0bYiXKee3ru39I0Pa1yEI6JcLH7XrX6a8xTDYnAfp9tJqU"
	"yoNPgGfPhTY9MhS54cHCAGT1ju45a14c3Iu3zqWdAR5B3050E1cR1CQ-4gL2"
	"HOu2WuSox9TewzyJ4BwdPLxdEP3FBxjAUBjefPqJrYqSe6HI_2uE9Vn4gnE8"
	"chGdlhzILuPXeB0DLQr0WmXzUtnbkgs43f4q8bL4MJ_X2GaIH76DCT1kmD7x"
	"e-fLPqXFiiV6LVaF6TAYTXdU68K9W4t3VfN4c9-Qykn0zoyooRUmE6r7N_mp"
	"SisLTggl_J799mn5mcwsr0WyTdw0lQ"},
    {"alg None without a signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJOb25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"alg None with the key's signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJOb25lIiwia2lkIjoicnNhIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.j6TqFZYSaGsU"
	"ITUVSBG4kzhafXDaNQY2wEsMYl005qyHXOusrODl4VPl5_bjB2R-fCIUfWMq"
	"nOAWnf0F5Qrz9zZnYXdRc62GYmkXuqQkE5HSOv3u-P0MQTHP0T-6Mx_6CdLS"
	"qdDl5HH5Db5bZodX0jD5lu5tmNL8caphByKWnAW-YdWjYn2_CGNK2SFQsIxX"
	"81eGaluJtq2OFX5_PdcltGqaOEd3P6qMdJiZjc212CDhXZACfF94NbAlD_4_"
	"trV5MY_IMkt5u4z8GeYwXUx5BYC7L0AyIUYtuB7h6KxKRkJD9mG9WxyUzZdr"
	"X8CovVinqOLjmOAN_eBULMQRhAV7BA"},
    {"alg NONE without a signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJOT05FIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"alg NONE with the key's signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJOT05FIiwia2lkIjoicnNhIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.S1LJRPbxL92p"
	"SYXIqbIF4n_BitwVvbrLiQamQMUCpFxtNib2DVngZFDiAfvSZxuGEr2kHEUW"
	"tf62JZ73tAJ2ySQkOr1Kg8Jj8kNneyaF8QVOxnRFcrkHcFUV-d8P1hvL7jEA"
	"xmigpmjtxcj3cKpCW7sNg7zbSk_6V9bnRr0x8pyN-eQTfMd7mxNMb7YLrdgP"
	"YrvOgG1OqVCZMHBKnHVZ1lPCRiZ9LabQ3hQC1eyAAEENjj_FY6whYaKh6o4W"
	"HqNQPymywB9nB7dYq0D_iRLxYq0ecrYkE-sH2o4rWJQmLyQbZtrxD1oT-4Mx"
	"fd6kPOk0Wfh2yDxJPsGkuGLYyH4qTg"},
    {"alg nOnE without a signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJuT25FIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"alg nOnE with the key's signature", VB_ESYNTAX, "not signed",
	"eyJhbGciOiJuT25FIiwia2lkIjoicnNhIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.c_YcO_NdT3S7"
	"yqdx8cLP7uTjHMbx8edzJc5jjaDXpgipj7Qtfw95cxmlVC4EOi_6Iy305EQI"
	"26lJoH4aT_V1dHmkcmQ7xeWa4I0UoF6mHm0bnKUFRucMsnUu2gnaRcw0vnLF"
	"p3sAt9Bsllrve7iMxSuOkvPm0N2Xu9_R1aQHDwzAcE0nwZrLCRH5hldtMn2p"
	"Zc3ivdTa1_q7fVQwEz7hrm2bEi7CGRYiPvYMwtFU3yzYwrdhH_afcoGvryJJ"
	"XmipZj-SvNwOHhVx7MElAMIxosVPAw5Neb58sll5ImD9XbiQyGwQdLVnczak"
	"ak72ZQn1fbPrPFtK6MO2E-FjwsO3mw"},
    {"algorithm ''", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic"
	"3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"algorithm 'none '", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJub25lICJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"algorithm 'none'", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJub27QtSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"algorithm 'null'", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJudWxsIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29t"
	"Iiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0."},
    {"HS256 with the public key in PEM", VB_ESYNTAX, "shared secret",
	"eyJhbGciOiJIUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.fpjh94HIfXt"
	"UUsqmhcocqdKNaLs5KboCsAXdOu1kolM"},
    {"HS256 with the public key in DER", VB_ESYNTAX, "shared secret",
	"eyJhbGciOiJIUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.iLO_ZhJwmjS"
	"VhBg_MInLaITpUTlO9ma1CKy_KwHJDmE"},
    {"HS256 with the modulus", VB_ESYNTAX, "shared secret",
	"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.PGVbkpnoeQSQd1xTYdAdWBfHsCQ"
	"JdIRg-2S8MzNTPWY"},
    {"HS384", VB_ESYNTAX, "shared secret",
	"eyJhbGciOiJIUzM4NCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.53poSM2W0eHnqpHw31SJy6HeaUT"
	"Yo4HKZYA7s8jHmwcARnWlwn0AYCGJFNxaXG1B"},
    {"HS512", VB_ESYNTAX, "shared secret",
	"eyJhbGciOiJoczUxMiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.dbT-DLhPOSyQh8uUo3I6wEZ08nO"
	"1metYwHGbrhq441yC254_ZLhAEjzuNU8QRY1YyJZcv7CRRJz16RWLXb8Wlw"},
    {"RS256 named, HS256 done", VB_EWEAK, "signature is wrong",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.u4Z-8hfJS2Z"
	"f_PJPJLIwkGmOI2EOA7P6Yv8L5ODX_T4"},
    {"algorithm RS384", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Ku13L00HA0W"
	"C0Gn7KMAp8_oipLrTi8_B-z4kJvf5b-qWOLvt2Ygk_Q6Ewt3RieolXmCDgAD"
	"T07EbxmNkJSR70TOZv01BxtvDnMISlnYZs51_RN2wvQWDny2RiyL1IUsTnjr"
	"qoGZrg_Gnrv1F0AEw7Zw1wMHwGSXDgFRhB0eniPFc8OFQlanqqbJlENsi_KM"
	"AEQOOlK_P60fR3D1zQQIgL6fYnRLIEoqeD5hXz5EHXU7S3pReE2lCXCuXfO1"
	"lLNVwFpy-G18CX3DXThuowhrWOa1a5YioJPvnnM4pfJCapQtvFZB1bcA9oHc"
	"jaoM8loNbFQ3d0xHVSCenqHYPTB3CAQ"},
    {"algorithm RS512", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Gz7a3sEv5A2"
	"gNDVE7RNkIGBfUBvRrB-MVN9AylLKyo1Qb-6ogfo8mAzT8UsC2ief1KNqNC5"
	"nu98gVmuaSTb5ZsQuc2C9TQdCfqi1A2EucvPp6NxoFsMgOLpEbijhKrJMHoQ"
	"zEzskc_JkSu6y8nzO9tVz284TOfHYEH2AV8wRqyqJsYvQXPAPtMowyp_mRDD"
	"-SZpqjLxWHYpmBJmX-eBoZp2L3zY9dVHS7E49U_dWcCB5clY-XHAFS2-XjcO"
	"qdQKoci8O1Sz1914n4uh7srxi0ggyrOF79-0-8tTSowTsMu0b3so2XyKbMIz"
	"SJ71T6GedqKXWj3wb_RRQnfT_fjGkfA"},
    {"algorithm RS1", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJSUzEiLCJraWQiOiJyc2EifQ.eyJpc3MiOiJodHRwczovL2lkL"
	"mV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.lNY5aEyiKAPeR"
	"YXRsEI9e6pGZTlJa_l8MzTapb0eMndQ41h0neLEixWW4fbol0AkI7zoMKw1S"
	"BNUykZsLy3IH4J3_jTedXvaNat2y7Fh_0ZSqcIkV-ysaJOrDK8ktQ5vQRABY"
	"W7ugqiBMoXHnkqaaQlZfGV2uyRw2JSdiboLy1Nug2pJ_YDnx8I3bodIYBQVu"
	"muNaMDofH5yUIUKB0SzHckrYa5Mhnzq9uzz6mU5i2vzLAe-ZO1-Xy6TvHgMF"
	"Knv7fHujbiDf8eZIcPQJi75uV9HaN1hDA3VrOom6ulBgt2Y2fTZ-hbMUALOG"
	"ZwSkGGadtiegB0jSr4P6gD4HIycAQ"},
    {"algorithm rs256", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJyczI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.nyWzUik7qsg"
	"6ia3HcOmxpG34w3Dp_-zAvJFCxR_kTtKhh1Pb8sezC0pliRiV5uZhisLBg7z"
	"X5F8UPNrh9HnAyRNeMliRTjxoZV_JoPRehsdcS8kZXXHCBn7MgLwgMBEnUjZ"
	"JcckzPrewVkWYt7t8Pv7R0EAU9Fg-dfHQOFG9tTPlXmS146zYjiw8eVpHcsN"
	"_DJGVwbjtAHbbx8AsT4jVhMYCf6OXCQvruBm0F97S3EoeVU64J9eFBUEkSnH"
	"mYPw9jG0HfGI-N_QkT7wtKMPmNu9JcV1uurOWuyG-UGk53gbko5Uz8BRthYb"
	"O84ZUuSQ3W1-Ma8MptomYmDrAsxpuRQ"},
    {"algorithm RS256 ", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJSUzI1NiAiLCJraWQiOiJyc2EifQ.eyJpc3MiOiJodHRwczovL"
	"2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.lrYET4hW_"
	"mXV96BUiPWuPk1h-zGlOdpH6EvRJKe3NA7qERh6y17ud8XRTd1YTUGByp1Iw"
	"wMXfz3ybuzybaGzbEObt2cAYL6dQ_on3Rx2uuPSgbnibN0L0nFSN05H0p2BY"
	"daFtIbB_8ZmY8pi-O3JT8O83OrDsUXHAJvbQZSudygxZtrzJH3W2rHtURfFh"
	"L_iKHpKpUTLx7BN2RkhSYS5teNFWOxb3X1xBB5fr-XdylMr084US9C0k9Ceq"
	"I5sQzd8Ww-dn6xLfa-1S5ou954cw0N2HsVO507iHn4Y5oTJDtPC_SzHb9gS7"
	"2d48Em05rPgy41NJ3qtsdgCBkqM-oRE0w"},
    {"ES256K", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJFUzI1NksiLCJraWQiOiJlYyJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.K4DgPwwLRmz"
	"aIjfKl8J2J4jBfOjlTabYZrIrLd6_v1u1LMpOjL5TMwBjb5yUxz-aMDTeZke"
	"M9LMwxcMDQCTNig"},
    {"ES384", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJFUzM4NCIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.fh8-td9ldEdk"
	"DhXVFtryANGzmwTMDUggMOsBJAU9Ms2c3HuEeIz0t0ajgT0Y5NW3vb-QbolI"
	"HNO6QRuYQ6JS2A"},
    {"Ed25519 is not its name", VB_ESYNTAX, "algorithm is none of",
	"eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiZWQifQ.eyJpc3MiOiJodHRwczovL"
	"2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.DwvDGq70k"
	"-a2WgTmimrjZRUUuPffBsmgpq7CZjUa-j6wUZzPbTYvGVKs5KcjonIlmS480"
	"OAGDf75fGJK3BMwBA"},
    {"no algorithm", VB_ESYNTAX, "names no algorithm",
	"eyJraWQiOiJlZCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiw"
	"ic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.Hb2tNuK2tryP3h-FYNynpsBfUZOTNf-"
	"E78z-c46pnfvzVvan4oOPQT83tk3YYPKido4u4dtwoUdmsAsdV5vwBg"},
    {"algorithm null", VB_ESYNTAX, "names no algorithm",
	"eyJhbGciOm51bGwsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lkLmV4"
	"YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.aOJ3iS1zHFcKZFCB"
	"1gk6o3fzLB13OYAz__BiDa92QU_8ies9f_d_pxLeZwKUAPgRAbgqqx9Dkc5K"
	"-IKmD4hXAQ"},
    {"algorithm a number", VB_ESYNTAX, "names no algorithm",
	"eyJhbGciOjI1Niwia2lkIjoiZWQifQ.eyJpc3MiOiJodHRwczovL2lkLmV4Y"
	"W1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.npijOBbgUfxbq5Opn"
	"C4OZjoscYzqolDxD7VlXagL79jeE7bGOVOm8MvLrRsruj1g1UB8WaUkuxjgm"
	"SWQfccyCQ"},
    {"algorithm an array", VB_ESYNTAX, "names no algorithm",
	"eyJhbGciOlsiRWREU0EiXSwia2lkIjoiZWQifQ.eyJpc3MiOiJodHRwczovL"
	"2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.EU9poAwO1"
	"2epOdR6Kz9p8mlxhoxqhNNcWFxfeUa6bzK38XwfFJgt1Q1ndBooDADSKy3Pv"
	"cgIZusTJLhg1eORBA"},
};
const size_t vectors_algorithms_count =
    sizeof(vectors_algorithms) / sizeof(vectors_algorithms[0]);
